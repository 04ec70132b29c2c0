//! Every method of every endpoint of the kernel, by RIID and MID, asked with an empty request: what this host offers answers
//! for itself, everything else rcUnimplemented. That the order is the documented one, and what the offered methods do, have
//! tests of their own (`nk-tests`, `kernel_endpoints`, `dynamic`).
use super::exchange::{POLICY, message};
use crate::common::World;
use crate::common::wire::{Lane, ROOM};
use nk_gen::model::Model;
use nk_kernel::Ended;
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, Header, Kind};
use std::collections::BTreeMap;

pub(crate) const ROLES: crate::common::Roles = &[("kernel_ask", ask_all)];

/// What is offered, by endpoint: the methods, and what each says to a request of zeros, empty texts and invalid handles. The
/// invalid handle as a process means the caller.
const OFFERED: [(&str, &[(&str, Retcode)]); 8] = {
    const OK: Retcode = Retcode::OK;
    const NONE: Retcode = Retcode::INVALID_ARGUMENT;
    const UNKNOWN: Retcode = Retcode::RESOURCE_NOT_FOUND;
    [
        ("thread.Thread", &[("Sleep", OK)]),
        (
            "handle.Handle",
            &[
                ("Copy", NONE),
                ("CreateUserObject", OK),
                ("Close", NONE),
                ("Connect", NONE),
                ("Disconnect", NONE),
                ("SecurityConnect", OK),
                ("GetSidByHandle", NONE),
                ("Revoke", NONE),
                ("RevokeSubtree", NONE),
                ("CreateBadge", OK),
            ],
        ),
        (
            "task.Task",
            &[
                // of no class
                ("Create", UNKNOWN),
                ("SetEnv", NONE),
                ("FreeSelfEnv", OK),
                ("Resume", NONE),
                ("Exit", OK),
                ("Terminate", NONE),
                // it has not ended
                ("GetExitInfo", Retcode::NOT_READY),
                ("GetName", OK),
                ("GetPath", OK),
                ("TransferHandle", NONE),
                ("GetPid", OK),
            ],
        ),
        ("hal.HAL", &[("GetEnv", UNKNOWN), ("DebugWrite", OK)]),
        // nobody else lives who could ask
        (
            "cm.CM",
            &[
                ("Connect", UNKNOWN),
                ("Listen", Retcode::NOT_CONNECTED),
                ("Drop", UNKNOWN),
                ("Accept", UNKNOWN),
            ],
        ),
        (
            "notice.Notice",
            &[
                ("Create", OK),
                ("SubscribeToObject", NONE),
                ("UnsubscribeFromEvent", NONE),
                ("UnsubscribeFromObject", NONE),
                ("GetEvent", NONE),
                ("DropAndWake", NONE),
                ("SetObjectEvent", NONE),
            ],
        ),
        (
            "ipc.IPC",
            &[
                ("CreateSyncObject", OK),
                ("SetInterrupt", NONE),
                ("ClearInterrupt", NONE),
            ],
        ),
        ("efi.Efi", &[("GetTime", OK)]),
    ]
};

/// Asks what its environment lists: RIID, MID, handles and bytes of the request, offset of `rc` in the response.
fn ask_all() {
    let lane = Lane::nth(0);
    for line in std::env::var("NK_TEST_METHODS").unwrap().split(';') {
        let [riid, mid, handles, size, rc] = line
            .split(' ')
            .map(|n| n.parse::<usize>().unwrap())
            .collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let number = |n: usize| u16::try_from(n).unwrap();
        let behind = vec![0; size - 24 - 16 * handles];
        let request = message(number(riid), number(mid), &vec![u32::MAX; handles], &behind);
        let header = Header {
            handle: 0,
            token: ROOM.into(),
            timeout: FOREVER,
            ..Header::new(Kind::Call)
        };
        let answer = lane.ask(header, &request, &[]);
        match answer.header.kind {
            Kind::Response => {
                let code = i32::from_le_bytes(answer.constant()[rc..rc + 4].try_into().unwrap());
                tell!("{riid} {mid} {}", Retcode(code));
            }
            _ => tell!("{riid} {mid} without a response: {}", answer.outcome()),
        }
    }
}

/// The kernel's class, which is built in.
fn kernel() -> Model {
    nk_gen::analyze(
        &[],
        &["kl.core.Core".to_owned()],
        &nk_gen::Options::default(),
    )
    .model
}

#[test]
fn every_method_of_the_kernel_is_offered_or_says_that_it_is_not() {
    let model = kernel();
    let class = model.component(model.component_named("kl.core.Core").unwrap());
    let offered: BTreeMap<(&str, &str), Retcode> = OFFERED
        .iter()
        .flat_map(|(e, methods)| methods.iter().map(|(m, code)| ((*e, *m), *code)))
        .collect();
    let (mut questions, mut expected, mut found, mut exit) =
        (Vec::new(), Vec::new(), 0, String::new());
    let endpoints = class.flattened.as_ref().unwrap();
    assert_eq!(endpoints.len(), 21);
    for (riid, endpoint) in endpoints.iter().enumerate() {
        let interface = model
            .package(endpoint.interface.known().unwrap())
            .interface
            .as_ref()
            .unwrap();
        for (mid, method) in interface.methods.iter().enumerate() {
            let code = offered.get(&(endpoint.name.as_str(), method.name.as_str()));
            found += usize::from(code.is_some());
            let request = method.request.layout.unwrap();
            let handles = method
                .request
                .params
                .iter()
                .filter(|param| param.ty == nk_gen::model::Type::Handle)
                .count();
            let rc = method.response.params.last().unwrap().offset;
            let question = format!("{riid} {mid} {handles} {} {rc}", request.size);
            if method.name == "Exit" && endpoint.name == "task.Task" {
                exit = question;
                continue;
            }
            questions.push(question);
            expected.push(format!(
                "{riid} {mid} {}",
                code.unwrap_or(&Retcode::UNIMPLEMENTED)
            ));
        }
    }
    assert_eq!(
        found,
        offered.len(),
        "every method that should be offered is one of the kernel's"
    );
    // nothing comes after it
    questions.push(exit);
    let mut world = World::built(&[
        ("init.yaml", "entities:\n- {name: Client, path: program}\n"),
        ("security.psl", &POLICY.replace("use EDL Server\n", "")),
        ("Client.edl", "task class Client"),
    ]);
    world.image.plan.tasks[0]
        .env
        .push(("NK_TEST_METHODS".into(), questions.join(";")));
    let run = world.run(&["kernel_ask"]);
    let told = run.of("Client");
    let wrong: Vec<_> = told
        .iter()
        .zip(&expected)
        .filter(|(is, should_be)| is != should_be)
        .collect();
    assert!(
        wrong.is_empty() && told.len() == expected.len(),
        "{wrong:?}"
    );
    assert_eq!(
        run.ended(),
        [("Client", Ended::Code(0))],
        "it has ended itself"
    );
}

/// The table of the page about the kernel, and what the test above has asked.
#[test]
fn the_page_lists_what_is_offered() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/kernel.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("### 8.1 What is offered\n").unwrap();
    let (table, _) = table.split_once("\n#").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let listed: Vec<(&str, Vec<&str>)> = rows
        .map(|row| row.split(" | ").collect::<Vec<_>>())
        .map(|cells| {
            (
                cells[0].trim_start_matches("| "),
                cells[1].split(' ').collect(),
            )
        })
        .collect();
    let offered = OFFERED.map(|(endpoint, methods)| {
        let names = methods.iter().map(|(name, _)| *name);
        (endpoint, names.collect::<Vec<_>>())
    });
    assert_eq!(listed, offered);
}
