//! Rules of Mic objects (`docs/psl.md` §9.10): mandatory integrity
//! control.
//!
//! `create`, `delete` and `upgrade` are about resources, `execute` about the
//! start of a program; `call`, `read`, `invoke` and `write` are flows of
//! information from a source to a target. The security module decides by the
//! levels of those who take part; here only the arguments are checked.
use crate::policy::compile::expr::ExprCompiler;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_grammar::psl::{Value, ValueKind};
use nk_security::{Call, ObjectId, Resource, Spelling, Started};

impl ExprCompiler<'_, '_> {
    /// A rule by its name. All arguments are named, and `()` stands for none
    /// where one may be left out.
    pub(super) fn mic_rule(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        match rule {
            "create" | "upgrade" => self.level_change(id, rule, argument),
            "delete" => {
                let parts =
                    self.arguments(rule, argument, ["source", "target", "container", "driver"])?;
                self.resource(parts).map(Call::Delete)
            }
            "execute" => self.start(id, argument),
            _ => self.information_flow(rule, argument),
        }
    }

    /// `create` and `upgrade`: a resource gets a level. That of `create` may be
    /// left to the security module.
    ///
    ///
    /// ```text
    /// mic.create {source : src_sid, target : message.id, container : (), driver : dst_sid, level : "LOW"}
    /// ```
    fn level_change(&mut self, id: ObjectId, rule: &str, argument: &Value) -> Option<Call> {
        let keys = ["source", "target", "container", "driver", "level"];
        let [source, target, container, driver, level] = self.arguments(rule, argument, keys)?;
        let resource = self.resource([source, target, container, driver]);
        if rule == "create" {
            let level = self.or_none(level, |compiler, level| compiler.level(id, level));
            return Some(Call::Create(resource?, level.ok()?));
        }
        let level = self.level(id, level);
        Some(Call::Upgrade(resource?, level?))
    }

    /// `execute`: a program starts from an image, whose level it may have. The
    /// kernel has no image, so that its level has to be given.
    ///
    ///
    /// ```text
    /// mic.execute {image : (), target : dst_sid, level : "HIGH", levelR : "LOW"}
    /// ```
    fn start(&mut self, id: ObjectId, argument: &Value) -> Option<Call> {
        let keys = ["image", "target", "level", "levelR"];
        let [image, target, level, least] = self.arguments("execute", argument, keys)?;
        if image.kind == ValueKind::Unit && level.kind == ValueKind::Unit {
            let message = "without an `image`, `level` says what the level is";
            let here = self.place(level.span);
            let finding = Diagnostic::new(Code::INTEGRITY_LEVELS, message, here);
            return self.report(finding.help("write a level, such as `\"LOW\"`"));
        }
        let (image, target) = (self.or_none(image, Self::sid), self.sid(target));
        let level = self.or_none(level, |compiler, level| compiler.level(id, level));
        let least = self.or_none(least, |compiler, least| compiler.level(id, least));
        Some(Call::Execute(Started {
            image: image.ok()?,
            target: target?,
            level: level.ok()?,
            least: least.ok()?,
        }))
    }

    /// `call`, `read`, `invoke`, `write`: information flows from or to the
    /// source. Two spellings each, for processes and for resources.
    ///
    ///
    /// ```text
    /// mic.call {source : src_sid, target : dst_sid}
    /// ```
    fn information_flow(&mut self, rule: &str, argument: &Value) -> Option<Call> {
        let [source, target] = self.arguments(rule, argument, ["source", "target"])?;
        let (source, target) = (self.sid(source), self.sid(target));
        let (source, target) = (source?, target?);
        Some(match rule {
            "call" => Call::Receive(source, target, Spelling::Subject),
            "read" => Call::Receive(source, target, Spelling::Resource),
            "invoke" => Call::Send(source, target, Spelling::Subject),
            _ => Call::Send(source, target, Spelling::Resource),
        })
    }

    /// Who takes part in a rule about a resource. There may be no container.
    fn resource(&mut self, [source, target, container, driver]: [&Value; 4]) -> Option<Resource> {
        let (source, target) = (self.sid(source), self.sid(target));
        let (container, driver) = (self.or_none(container, Self::sid), self.sid(driver));
        Some(Resource {
            source: source?,
            target: target?,
            container: container.ok()?,
            driver: driver?,
        })
    }

    /// A value, or `()` for none.
    fn or_none<T>(
        &mut self,
        value: &Value,
        read: impl FnOnce(&mut Self, &Value) -> Option<T>,
    ) -> Result<Option<T>, Wrong> {
        match value.kind {
            ValueKind::Unit => Ok(None),
            _ => read(self, value).map(Some).ok_or(Wrong),
        }
    }
}

/// Something wrong that was reported; unlike `None`, which is an argument that
/// is left out.
struct Wrong;
