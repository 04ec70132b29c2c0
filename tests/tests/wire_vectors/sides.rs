//! Who decides about a message: the interpreter, the generated tables, and the tables of a solution image.
use crate::codec::endpoints;
use nk_image::{Image, Tables};
use nk_runtime::message::{Header, verify};
use nk_runtime::{Fault, Verified, verify_request, verify_response};
use nk_tests::interpreter::decide::{self, Mode};
use nk_tests::interpreter::model::{Direction, Method, Model};
use nk_tests::interpreter::{Outcome, RULES, Rule};
use nk_tests::vectors::{Vector, model, package};

/// What a message claims to be: a request to a class, or a class's answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// The process class.
    pub(crate) class: String,
    /// The interface behind the endpoint.
    pub(crate) interface: String,
    /// The endpoint.
    pub(crate) riid: u16,
    /// The method.
    pub(crate) mid: u16,
    /// Which message; error and response are told apart by the message itself.
    pub(crate) direction: Direction,
}

impl Case {
    /// The case of a vector.
    pub(crate) fn of(vector: &Vector, model: &Model) -> Self {
        let about = vector.about();
        let (class, riid) = (vector.class.clone(), vector.riid);
        Self {
            class,
            interface: about.interface,
            riid,
            mid: vector.mid(model),
            direction: about.direction,
        }
    }
    /// Whether it goes to the server.
    pub(crate) fn is_request(&self) -> bool {
        self.direction == Direction::Request
    }
}

/// Both modes.
pub(crate) const MODES: [Mode; 2] = [Mode::Strict, Mode::Compat];

/// Everyone who decides.
pub(crate) struct World {
    /// What the interpreter reads.
    pub(crate) model: Model,
    tables: Tables,
}

impl World {
    /// All goldens.
    pub(crate) fn new() -> Self {
        Self {
            model: model(),
            tables: image_tables(),
        }
    }

    /// The method of a case.
    pub(crate) fn method(&self, case: &Case) -> &Method {
        &self.model.interfaces[&case.interface].methods[usize::from(case.mid)]
    }

    /// What the interpreter says.
    pub(crate) fn interpreter(&self, case: &Case, bytes: &[u8], mode: Mode) -> Outcome {
        if case.is_request() {
            decide::request(&self.model, &case.class, bytes, mode)
        } else {
            decide::response(&self.model, &case.class, case.riid, case.mid, bytes, mode)
        }
    }

    /// What the structure check says over the tables of a solution image, behind a route that is looked up in them.
    pub(crate) fn image(&self, case: &Case, bytes: &[u8], mode: Mode) -> Outcome {
        let header = Header::read(bytes).ok_or(Rule::Size)?;
        let request = case.is_request();
        let (riid, mid) = if request {
            (header.iid.0, header.mid.0)
        } else {
            (case.riid, case.mid)
        };
        let class = self
            .tables
            .class_named(&case.class)
            .and_then(|id| self.tables.class(id))
            .unwrap();
        let endpoint = class
            .endpoints
            .get(usize::from(riid))
            .ok_or(Rule::NoEndpoint)?;
        let interface = self.tables.interface(endpoint.interface).unwrap();
        let method = interface
            .methods
            .get(usize::from(mid))
            .ok_or(Rule::NoMethod)?;
        let message = match (request, header.ex.is_err()) {
            (true, true) => return Err(Rule::Direction),
            (true, false) => &method.request,
            (false, _) if (header.iid.0, header.mid.0) != (riid, mid) => return Err(Rule::Route),
            (false, false) => &method.response,
            (false, true) => &method.error,
        };
        verify(self.tables.shape(message), bytes, runtime(mode))
            .map(drop)
            .map_err(|m| rule(m.into()))
    }
}

/// What the structure check says over the generated tables.
pub(crate) fn generated<'m>(
    case: &Case,
    bytes: &'m [u8],
    mode: Mode,
) -> Result<Verified<'m>, Rule> {
    let endpoints = endpoints(&case.class);
    if case.is_request() {
        return verify_request(endpoints, bytes, runtime(mode)).map_err(rule);
    }
    let interface = endpoints[usize::from(case.riid)].interface;
    let method = &interface.methods[usize::from(case.mid)];
    verify_response(interface, method, case.riid, bytes, runtime(mode)).map_err(|m| rule(m.into()))
}

const fn runtime(mode: Mode) -> nk_runtime::Mode {
    match mode {
        Mode::Strict => nk_runtime::Mode::Strict,
        Mode::Compat => nk_runtime::Mode::Compat,
    }
}

/// A fault of the runtime by the name that the interpreter has for it.
fn rule(fault: Fault) -> Rule {
    let name = match fault {
        Fault::Malformed(malformed) => format!("{:?}", malformed.rule),
        fault => format!("{fault:?}"),
    };
    RULES
        .into_iter()
        .find(|rule| rule.to_string() == name)
        .unwrap_or_else(|| panic!("no rule `{name}`"))
}

/// The tables of an image that `nk-gen` writes and the loader proves.
fn image_tables() -> Tables {
    let folder = tempfile::tempdir().unwrap();
    let classes = ["Server", "Client", "farm.Station", "lab.Bench", "wire.Box"];
    let used: String = classes.map(|class| format!("use EDL {class}\n")).concat();
    let policy = format!(
        "execute: kl.core.Execute\nuse nk.base._\nuse EDL Einit\n{used}execute {{ grant () }}\n"
    );
    let (policy_file, init) = (
        folder.path().join("security.psl"),
        folder.path().join("init.yaml"),
    );
    std::fs::write(&policy_file, policy).unwrap();
    std::fs::write(&init, "entities:\n- name: Client\n  path: client\n").unwrap();
    let goldens =
        ["farm", "filesystem", "lab", "wire"].map(|name| package().join("goldens").join(name));
    let options = nk_gen::Options {
        include: goldens.into(),
        ..Default::default()
    };
    let inputs = nk_gen::solution::Inputs {
        init,
        policy: policy_file,
        options,
        ..Default::default()
    };
    let solution = nk_gen::solution::build(&inputs);
    let findings =
        nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
    let bytes = solution
        .image
        .unwrap_or_else(|| panic!("{findings}"))
        .to_bytes()
        .unwrap();
    Image::load(&bytes).unwrap().policy.tables().clone()
}
