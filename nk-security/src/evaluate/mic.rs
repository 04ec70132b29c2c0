//! The rules of the Mic model: mandatory integrity control
//! (`docs/psl.md` §9.10).
//!
//! Levels are partly ordered: a degree and a set of categories. A *subject*
//! also has a least level that it may receive data from; a *resource* has none.
//!
//! | rule | denies unless |
//! |---|---|
//! | `create` | the level is within those of source, driver and container |
//! | `delete` | the level is within those of source and driver |
//! | `upgrade` | the new level is higher, and within those of the makers |
//! | `execute` | the level is within the image's, and the least within the level |
//! | `read` | the source's least level, or its level, is within the target's |
//! | `write` | the target's level is within the source's |
use super::{Cause, Evaluation, Result};
use crate::program::{Level, Resource, Started};
use crate::state::Grade;
use crate::{ExprId, ObjectId, Sid};

impl Evaluation<'_, '_> {
    /// What is known of a subject or resource.
    ///
    /// # Errors
    /// [`Cause::NoLevel`] for one that has no level.
    fn grade(&self, object: ObjectId, subject: ExprId) -> Result<Grade> {
        self.state.grade(object, self.values().sid(subject)?)
    }

    /// A level that exceeds none of those who make a resource, and is
    /// comparable with all of them.
    fn check_makers(&self, object: ObjectId, resource: &Resource, level: Level) -> Result<()> {
        for maker in [
            Some(resource.source),
            Some(resource.driver),
            resource.container,
        ]
        .into_iter()
        .flatten()
        {
            if !level.within(self.grade(object, maker)?.level) {
                return Err(Cause::Exceeds);
            }
        }
        Ok(())
    }

    /// Without a level: the lower one of source and container (`docs/psl.md` §14, 17).
    pub(super) fn mic_create(
        &mut self,
        object: ObjectId,
        resource: &Resource,
        level: Option<Level>,
    ) -> Result<()> {
        let target = self.values().sid(resource.target)?;
        if self.state.grade(object, target).is_ok() {
            return Err(Cause::Exists);
        }
        let level = match (level, resource.container) {
            (Some(level), _) => level,
            (None, None) => self.grade(object, resource.source)?.level,
            (None, Some(container)) => {
                let (a, b) = (
                    self.grade(object, resource.source)?.level,
                    self.grade(object, container)?.level,
                );
                match (a.within(b), b.within(a)) {
                    (true, _) => a,
                    (_, true) => b,
                    _ => return Err(Cause::Exceeds),
                }
            }
        };
        self.check_makers(object, resource, level)?;
        self.state
            .set_grade(object, target, Some(Grade { level, least: None }))
    }

    /// A resource goes. Its container has to have a level too.
    pub(super) fn mic_delete(&mut self, object: ObjectId, resource: &Resource) -> Result<()> {
        let target = self.values().sid(resource.target)?;
        let level = self.state.grade(object, target)?.level;
        for maker in [resource.source, resource.driver] {
            if !level.within(self.grade(object, maker)?.level) {
                return Err(Cause::Exceeds);
            }
        }
        if let Some(container) = resource.container {
            self.grade(object, container)?;
        }
        self.state.set_grade(object, target, None)
    }

    /// A resource gets a higher level than it has.
    ///
    /// # Errors
    /// [`Cause::NotHigher`], [`Cause::Exceeds`].
    pub(super) fn mic_upgrade(
        &mut self,
        object: ObjectId,
        resource: &Resource,
        level: Level,
    ) -> Result<()> {
        let target = self.values().sid(resource.target)?;
        let grade = self.state.grade(object, target)?;
        if !grade.level.within(level) || level == grade.level {
            return Err(Cause::NotHigher);
        }
        self.check_makers(object, resource, level)?;
        if !grade
            .level
            .within(self.grade(object, resource.source)?.level)
        {
            return Err(Cause::Exceeds);
        }
        self.state
            .set_grade(object, target, Some(Grade { level, ..grade }))
    }

    /// A process gets its level when it is started: the one that is given, or
    /// its image's.
    ///
    /// # Errors
    /// [`Cause::Exists`] for one that has a level, [`Cause::NoLevel`] without
    /// any, [`Cause::Exceeds`].
    pub(super) fn mic_execute(&mut self, object: ObjectId, started: &Started) -> Result<()> {
        let target: Sid = self.values().sid(started.target)?;
        if self.state.grade(object, target).is_ok() {
            return Err(Cause::Exists);
        }
        let image = match started.image {
            Some(image) => Some(self.grade(object, image)?.level),
            None => None,
        };
        let level = started.level.or(image).ok_or(Cause::NoLevel)?;
        let least = started.least.unwrap_or(level);
        if image.is_some_and(|image| !level.within(image)) || !least.within(level) {
            return Err(Cause::Exceeds);
        }
        self.state.set_grade(
            object,
            target,
            Some(Grade {
                level,
                least: Some(least),
            }),
        )
    }

    /// Data flows from the target to the source.
    pub(super) fn mic_receive(
        &self,
        object: ObjectId,
        source: ExprId,
        target: ExprId,
    ) -> Result<()> {
        let (source, target) = (self.grade(object, source)?, self.grade(object, target)?);
        let enough = source.least.unwrap_or(source.level);
        let allowed = source.level.within(target.level) || enough.within(target.level);
        if allowed { Ok(()) } else { Err(Cause::Flow) }
    }

    /// Data flows from the source to the target.
    pub(super) fn mic_send(&self, object: ObjectId, source: ExprId, target: ExprId) -> Result<()> {
        let (source, target) = (self.grade(object, source)?, self.grade(object, target)?);
        if target.level.within(source.level) {
            Ok(())
        } else {
            Err(Cause::Flow)
        }
    }
}
