//! The kernel's class `kl.core.Core` against the table of `docs/kernel.md` §8, typed in by hand, and against the layouts
//! that `docs/wire.md` §3, §6 and §11 give.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::model::bounds::of_method;
use nk_gen::model::{FlatEndpoint, Int, Message, Method, Model, Package, Type, TypeDefKind};
use nk_gen::{Options, analyze};

/// Endpoints in RIID order, the methods of each in MID order. The profiler's fourteen between the first and the last are not
/// documented.
const F8: [(&str, &str); 21] = [
    (
        "vmm.VMM",
        "Allocate Commit Decommit Protect Free Query Reset MdlCreate MdlCreateFromVm MdlGetSize MdlMap MdlClone",
    ),
    (
        "io.IO",
        "RegisterPort RegisterMmio RegisterDma RegisterIrq RevokeResource MapMem PermitPort AttachIrq DetachIrq EnableIrq \
         DisableIrq ModifyDma MapDma DmaGetInfo DmaGetPhysInfo BeginDma",
    ),
    (
        "thread.Thread",
        "Create OpenCurrent Attach Suspend Resume Terminate Exit Wait SetPriority SetTls Sleep GetInfo DetachIrq \
         GetAffinity SetAffinity SetSchedPolicy GetSchedPolicy",
    ),
    (
        "handle.Handle",
        "Alloc Free Copy Init Fini CreateUserObject Close Connect Disconnect SecurityConnect UidAlloc UidFree \
         GetSidByHandle Revoke RevokeSubtree CreateBadge",
    ),
    (
        "task.Task",
        "Create LoadSeg VmReserve VmFree SetEntry LoadElfSyms LoadElfHdr SetEnv FreeSelfEnv Resume Exit Terminate \
         GetExitInfo GetThreadContext GetNextVmRegion TerminateAfterFreezing GetName GetPath GetInitialThreadPriority \
         SetInitialThreadPriority GetTasksList SetInitialThreadSchedPolicy ReseedAslr GetElfSyms TransferHandle GetPid",
    ),
    (
        "task.TaskDebug",
        "GetHandlesCount GetHandles GetHandleInfo EnableHandleTracing DisableHandleTracing",
    ),
    ("sync.Sync", "Wait Wake"),
    (
        "fs.FS",
        "Open Close Read GetSize GetId Count GetInfo GetFsSize",
    ),
    ("fs.FSUnsafe", "Change"),
    (
        "time.Time",
        "SetSystemTime SetSystemTimeAdj GetSystemTimeAdj",
    ),
    (
        "hal.HAL",
        "GetEnv GetPrivReg SetPrivReg GetPrivRegRange SetPrivRegRange FlushCache DebugWrite GetEntropy",
    ),
    ("xhcidbg.XHCIDBG", "Start Stop"),
    ("audit.Audit", "Open Close Read"),
    ("profiler.Profiler", PROFILER),
    (
        "iommu.IOMMU",
        "Attach Detach CreateDomain AttachToDomain DetachFromDomain",
    ),
    ("cm.CM", "Connect Listen Drop Accept"),
    ("pm.PM", "Request SetCpusOnline GetCpusOnline"),
    (
        "notice.Notice",
        "Create SubscribeToObject UnsubscribeFromEvent UnsubscribeFromObject GetEvent DropAndWake SetObjectEvent",
    ),
    ("ipc.IPC", "CreateSyncObject SetInterrupt ClearInterrupt"),
    ("log.Log", "Handoff FetchMessages GetMessagesHandle"),
    (
        "efi.Efi",
        "GetTime SetTime GetVariable GetNextVariableName SetVariable QueryVariableInfo ResetSystem",
    ),
];
const PROFILER: &str = "GetCoverageData … KcovStop";

/// The model of the kernel's class, which is built in.
fn kernel() -> Model {
    let analysis = analyze(&[], &["kl.core.Core".to_owned()], &Options::default());
    assert!(
        analysis.diagnostics.is_empty(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    analysis.model
}

fn endpoints(model: &Model) -> &[FlatEndpoint] {
    let core = model.component(model.component_named("kl.core.Core").unwrap());
    assert!(
        core.endpoints.is_empty(),
        "only embedded components (docs/languages.md §7)"
    );
    core.flattened.as_ref().unwrap()
}

fn methods<'m>(model: &'m Model, endpoint: &FlatEndpoint) -> &'m [Method] {
    &model
        .package(endpoint.interface.known().unwrap())
        .interface
        .as_ref()
        .unwrap()
        .methods
}

fn package<'m>(model: &'m Model, name: &str) -> &'m Package {
    model.package(model.package_named(name).unwrap())
}

/// `Task.Create`
fn method<'m>(model: &'m Model, name: &str) -> &'m Method {
    let (interface, method) = name.split_once('.').unwrap();
    let interface = package(model, &format!("kl.core.{interface}"))
        .interface
        .as_ref()
        .unwrap();
    interface
        .methods
        .iter()
        .find(|known| known.name == method)
        .unwrap_or_else(|| panic!("{name}"))
}

/// The parameters' names, as declared.
fn names(message: &Message) -> Vec<&str> {
    message
        .params
        .iter()
        .map(|param| param.name.as_str())
        .collect()
}

/// The parameters' offsets, as declared, and the size of the constant part.
fn offsets(message: &Message) -> (Vec<u32>, u64) {
    (
        message.params.iter().map(|param| param.offset).collect(),
        message.layout.unwrap().size,
    )
}

#[test]
fn the_endpoints_are_the_documented_ones_in_their_order() {
    let model = kernel();
    let names: Vec<&str> = endpoints(&model)
        .iter()
        .map(|endpoint| endpoint.name.as_str())
        .collect();
    assert_eq!(names, F8.map(|(endpoint, _)| endpoint));
    for endpoint in endpoints(&model) {
        let (_, own) = endpoint.name.split_once('.').unwrap();
        assert_eq!(
            model.package(endpoint.interface.known().unwrap()).name,
            format!("kl.core.{own}")
        );
    }
}

#[test]
fn the_methods_of_each_are_the_documented_ones_in_their_order() {
    let model = kernel();
    for (endpoint, (name, expected)) in endpoints(&model).iter().zip(F8) {
        let methods: Vec<&str> = methods(&model, endpoint)
            .iter()
            .map(|method| method.name.as_str())
            .collect();
        if expected == PROFILER {
            assert_eq!(
                (methods.len(), methods[0], methods[15]),
                (16, "GetCoverageData", "KcovStop")
            );
        } else {
            assert_eq!(
                methods,
                expected.split_whitespace().collect::<Vec<_>>(),
                "{name}"
            );
        }
    }
}

#[test]
fn every_method_ends_with_its_code_and_has_no_error_parameters() {
    let model = kernel();
    for endpoint in endpoints(&model) {
        for method in methods(&model, endpoint) {
            let place = format!("{}.{}", endpoint.name, method.name);
            let last = method
                .response
                .params
                .last()
                .unwrap_or_else(|| panic!("{place}"));
            assert_eq!(
                (last.name.as_str(), &last.ty),
                ("rc", &Type::Int(Int::I32)),
                "{place}"
            );
            assert!(method.error.params.is_empty(), "{place}");
        }
    }
}

#[test]
fn the_documented_sizes_are_met() {
    let model = kernel();
    let bounds = |name| of_method(method(&model, name)).unwrap();
    assert_eq!(bounds("Task.Create").request_arena, 3 * 1024);
    assert_eq!(bounds("Task.SetEnv").request_arena, 131_072);
    assert_eq!(bounds("Audit.Read").response_arena, 512);
    assert_eq!(bounds("HAL.DebugWrite").request_arena, 1024);
    assert_eq!(bounds("Notice.GetEvent").response_arena, 128 * 16);
    // names are 1024 bytes with their end
    assert_eq!(
        (
            bounds("CM.Connect").request_arena,
            bounds("CM.Listen").response_arena
        ),
        (2 * 1024, 2 * 1024)
    );
    assert_eq!(
        (
            bounds("Task.GetName").response_arena,
            bounds("Task.GetPath").response_arena
        ),
        (1024, 1024)
    );
    // docs/wire.md §6
    assert_eq!(bounds("Profiler.GetCounters").request_arena, 9728);
    assert_eq!(bounds("Profiler.GetCounters").response_arena, 1536);
    assert_eq!(bounds("Task.GetTasksList").response_arena, 17_180_000_252);
}

#[test]
fn the_documented_structures_are_laid_out_as_the_vendors_asserts_say() {
    let model = kernel();
    // type, offsets of the fields, size and alignment (docs/wire.md §11 item 1)
    let expected = [
        ("Thread.TrSchedParam", vec![8, 8], (24, 8)),
        ("Task.ExitInfo", vec![4, 4], (20, 4)),
        (
            "TaskDebug.HandleInfo",
            vec![0, 4, 8, 24, 28, 32, 40, 48],
            (56, 8),
        ),
        ("Efi.EfiGuid", vec![0, 4, 6, 8], (16, 4)),
        ("Time.TimeSpec", vec![0, 8], (16, 8)),
        ("Notice.EventDesc", vec![0, 8, 12], (16, 8)),
        ("Profiler.PerfCounterValue", vec![8, 8], (24, 8)),
    ];
    for (name, at, whole) in expected {
        let (of, own) = name.split_once('.').unwrap();
        let types = &package(&model, &format!("kl.core.{of}")).types;
        let ty = types.iter().find(|ty| ty.name == own).unwrap();
        let (TypeDefKind::Struct(fields) | TypeDefKind::Union(fields)) = &ty.kind else {
            panic!("{name}")
        };
        assert_eq!(
            fields.iter().map(|field| field.offset).collect::<Vec<_>>(),
            at,
            "{name}"
        );
        assert_eq!(
            ty.layout.map(|layout| (layout.size, layout.align)),
            Some(whole),
            "{name}"
        );
    }
}

#[test]
fn handles_are_hoisted_as_the_two_documented_methods_prove() {
    let model = kernel();
    let copy = &method(&model, "Handle.Copy").request;
    assert_eq!(names(copy), ["inHandle", "newRightsMask", "copyBadge"]);
    assert_eq!(offsets(copy), (vec![24, 56, 40], 64), "docs/wire.md §3");
    let create = &method(&model, "Handle.CreateUserObject").request;
    assert_eq!(
        names(create),
        ["type", "rights", "context", "ipcChannel", "riid"]
    );
    assert_eq!(
        offsets(create),
        (vec![40, 44, 48, 24, 56], 64),
        "docs/wire.md §11 item 3"
    );
}

#[test]
fn the_documented_messages_have_their_offsets() {
    let model = kernel();
    let policy = &method(&model, "Thread.SetSchedPolicy").request;
    assert_eq!(offsets(policy), (vec![24, 40, 44, 48], 72));
    let open = method(&model, "Audit.Open");
    assert_eq!(
        (offsets(&open.request), offsets(&open.response)),
        ((vec![24], 32), (vec![24, 40], 48))
    );
    assert_eq!(offsets(&open.error), (vec![], 24));
}

#[test]
fn the_documented_signatures_name_their_parameters() {
    let model = kernel();
    let expected = [
        ("CM.Connect", "server service msecs -> handle id rc"),
        ("CM.Accept", "listener client service id -> handle rc"),
        ("CM.Listen", "filter msecs -> client service rc"),
        ("CM.Drop", "client service -> rc"),
        (
            "Handle.Connect",
            "server client srListener createSrEndpoint -> outSrListener outSrEndpoint outClEndpoint rc",
        ),
        ("Handle.SecurityConnect", "-> client rc"),
        (
            "Task.TransferHandle",
            "task srcHandle srcBadge dstRights -> dstHandle rc",
        ),
        (
            "Task.Create",
            "name eiid path stackSize priority flags -> child rc",
        ),
    ];
    for (name, signature) in expected {
        let method = method(&model, name);
        let all = [names(&method.request), vec!["->"], names(&method.response)].concat();
        assert_eq!(all.join(" "), signature, "{name}");
    }
}

#[test]
fn the_execute_interface_has_the_one_method_main() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Starts.edl");
    std::fs::write(
        &file,
        "task class Starts endpoints { execute : kl.core.Execute }",
    )
    .unwrap();
    let analysis = analyze(&[file], &[], &Options::default());
    assert!(
        analysis.diagnostics.is_empty(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    let main = method(&analysis.model, "Execute.main");
    assert!(names(&main.request).is_empty() && names(&main.response).is_empty());
    let interface = package(&analysis.model, "kl.core.Execute")
        .interface
        .as_ref()
        .unwrap();
    assert_eq!(interface.methods.len(), 1);
}
