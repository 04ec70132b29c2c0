//! Layout vectors of `docs/wire.md` §10 and §11, each with its derivation, and the numbering rules of §8.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::model::bounds::{of_interface, of_method};
use nk_gen::model::{
    Component, Layout, Message, Method, Model, Package, PointerWidth, TypeDef, TypeDefKind,
};
use nk_gen::{Analysis, Options, analyze};
use std::path::{Path, PathBuf};

fn model(file: &str) -> Model {
    model_for(file, PointerWidth::Bits64)
}

fn model_for(file: &str, pointer_width: PointerWidth) -> Model {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let files: Vec<PathBuf> = vec![vectors.join(file)];
    let analysis: Analysis = analyze(
        &files,
        &[],
        &Options {
            include: vec![vectors],
            pointer_width,
            ..Options::default()
        },
    );
    assert!(
        analysis.diagnostics.is_empty(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    analysis.model
}

fn package<'m>(model: &'m Model, name: &str) -> &'m Package {
    model.package(model.package_named(name).unwrap())
}

fn ty<'p>(package: &'p Package, name: &str) -> &'p TypeDef {
    package.types.iter().find(|ty| ty.name == name).unwrap()
}

fn method<'p>(package: &'p Package, name: &str) -> &'p Method {
    package
        .interface
        .as_ref()
        .unwrap()
        .methods
        .iter()
        .find(|method| method.name == name)
        .unwrap()
}

/// Size and alignment.
fn size(layout: Option<Layout>) -> (u64, u32) {
    layout.map(|layout| (layout.size, layout.align)).unwrap()
}

/// The offsets of a type's fields.
fn offsets(ty: &TypeDef) -> Vec<u32> {
    match &ty.kind {
        TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) => {
            fields.iter().map(|field| field.offset).collect()
        }
        TypeDefKind::Alias(_) => vec![],
    }
}

/// The parameters' names and offsets, as declared, and the size of the constant part.
fn message(message: &Message) -> (Vec<(&str, u32)>, u64) {
    let params = message
        .params
        .iter()
        .map(|param| (param.name.as_str(), param.offset));
    (params.collect(), message.layout.unwrap().size)
}

#[test]
fn the_worked_example_is_laid_out_as_the_specification_says() {
    let model = model("farm/Sensor.idl");
    let sensor = package(&model, "farm.Sensor");
    assert_eq!(
        (sensor.constants[0].name.as_str(), sensor.constants[0].value),
        ("LabelMax", 31),
        "0o40 - 1"
    );
    // kind@0, stamp at the next multiple of 8, then a descriptor
    assert_eq!(
        (
            offsets(ty(sensor, "Reading")),
            size(ty(sensor, "Reading").layout)
        ),
        (vec![0, 8, 16], (24, 8))
    );
    // tag@0, then u32 or a descriptor, both aligned to 4
    assert_eq!(
        (
            offsets(ty(sensor, "Setting")),
            size(ty(sensor, "Setting").layout)
        ),
        (vec![4, 4], (12, 4))
    );
    let put = method(sensor, "Put");
    // the handle (16) comes first; slot@40; r at the next multiple of 8
    assert_eq!(
        message(&put.request),
        (vec![("slot", 40), ("owner", 24), ("r", 48)], 72)
    );
    assert_eq!(message(&put.response), (vec![("gen", 24)], 32));
    assert_eq!(message(&put.error), (vec![("status", 24)], 32));
    let list = method(sensor, "List");
    assert_eq!(message(&list.request), (vec![("first", 24)], 32));
    assert_eq!(message(&list.response), (vec![("items", 24)], 32));
    assert_eq!(message(&list.error), (vec![], 24));
    assert_eq!(
        message(&method(sensor, "Tune").request),
        (vec![("s", 24)], 40),
        "24 + 12, rounded up to 8"
    );
}

/// Derived from `docs/wire.md` §1 (a badge as wide as a pointer: handle descriptor 12/4, so header 8 + 12 = 20/4) and Q16; there is no
/// header of such a target to compare with.
#[test]
fn with_32_bit_pointers_handles_and_headers_are_smaller_and_nothing_else() {
    let model = model_for("farm/Sensor.idl", PointerWidth::Bits32);
    let sensor = package(&model, "farm.Sensor");
    // no pointer inside: as before
    assert_eq!(
        (
            offsets(ty(sensor, "Reading")),
            size(ty(sensor, "Reading").layout)
        ),
        (vec![0, 8, 16], (24, 8))
    );
    let put = method(sensor, "Put");
    // the handle at 20 takes 12; slot follows; r at the next multiple of 8
    assert_eq!(
        message(&put.request),
        (vec![("slot", 32), ("owner", 20), ("r", 40)], 64)
    );
    // 20 + 2, rounded up to 4
    assert_eq!(message(&put.response), (vec![("gen", 20)], 24));
    assert_eq!(message(&method(sensor, "List").error), (vec![], 20));
    assert_eq!(
        message(&method(sensor, "Tune").request),
        (vec![("s", 20)], 32)
    );
}

#[test]
fn the_worked_example_has_the_bounds_that_the_specification_says() {
    let model = model("farm/Sensor.idl");
    let sensor = package(&model, "farm.Sensor");
    let bounds = |name| of_method(method(sensor, name)).unwrap();
    assert_eq!(
        bounds("Put").request_arena,
        32,
        "a string of 31 bytes and its end"
    );
    assert_eq!(bounds("List").response_arena, 8 * 24 + 8 * 32);
    assert_eq!(
        bounds("List").response_arena_padded,
        8 * 24 + 7 + 8 * 32,
        "aligning the chunk of readings costs up to 7"
    );
    assert_eq!(bounds("Tune").request_arena, 64, "the larger variant");
    let all = of_interface(sensor.interface.as_ref().unwrap()).unwrap();
    assert_eq!((all.request_arena, all.response_arena), (64, 448));
    assert_eq!(
        (all.request_handles, all.response_handles, all.error_handles),
        (1, 0, 0)
    );
}

#[test]
fn kernel_structures_have_the_offsets_of_the_vendors_asserts() {
    let model = model("kernel/Layouts.idl");
    let layouts = package(&model, "kernel.Layouts");
    let expected = [
        // the variant {u64, u32} is aligned to 8, so data stands at 8
        ("TrSchedParam", vec![8, 8], (24, 8)),
        // variants of alignment 4: data at 4, 16 bytes
        ("ExitInfo", vec![4, 4], (20, 4)),
        ("HandleInfo", vec![0, 4, 8, 24, 28, 32, 40, 48], (56, 8)),
        ("EfiGuid", vec![0, 4, 6, 8], (16, 4)),
    ];
    for (name, at, whole) in expected {
        assert_eq!(
            (offsets(ty(layouts, name)), size(ty(layouts, name).layout)),
            (at, whole),
            "{name}"
        );
    }
    let policy = method(layouts, "SetSchedPolicy");
    assert_eq!(
        message(&policy.request).0,
        [
            ("thread", 24),
            ("policy", 40),
            ("priority", 44),
            ("param", 48)
        ]
    );
    assert_eq!(message(&policy.request).1, 72);
    let open = method(layouts, "Open");
    assert_eq!(message(&open.request), (vec![("name", 24)], 32));
    assert_eq!(
        message(&open.response),
        (vec![("channel", 24), ("rc", 40)], 48)
    );
    assert_eq!(message(&open.error), (vec![], 24));
}

#[test]
fn handles_stand_right_behind_the_header_in_declaration_order() {
    let model = model("kernel/Layouts.idl");
    let layouts = package(&model, "kernel.Layouts");
    let copy = method(layouts, "Copy");
    assert_eq!(
        message(&copy.request),
        (
            vec![("inHandle", 24), ("newRightsMask", 56), ("copyBadge", 40)],
            64
        )
    );
    assert_eq!(copy.request.handles, 2);
    let create = method(layouts, "CreateUserObject");
    let params = vec![
        ("type", 40),
        ("rights", 44),
        ("context", 48),
        ("ipcChannel", 24),
        ("riid", 56),
    ];
    assert_eq!(message(&create.request), (params, 64));
}

#[test]
fn arena_bounds_are_plain_sums_and_padded_bounds_add_what_aligning_costs() {
    let model = model("kernel/Arenas.idl");
    let arenas = package(&model, "kernel.Arenas");
    let expected = [
        // string<1023>, sequence<string<127>, 64>: a string's descriptor takes 8 bytes at a multiple of 4
        ("GetCounters", 1024 + 64 * 8 + 64 * 128, 3),
        ("GetNames", 64 * 8 + 64 * 128, 3),
        ("GetInterfaces", 16 * 36 + 16 * (16 + 3 * 128), 3),
        ("Load", 10 * 8 + 10 * 65_536, 3),
        ("LoadNamed", 10 * 8 + 10 * 65_536 + 2048, 3),
        // the tasks' chunk at a multiple of 8, the lines' descriptors at a multiple of 4
        ("Trace", 16 * 120 + 64 * 8 + 64 * 128, 7 + 3),
        ("TraceMore", 24 * 120 + 64 * 8 + 64 * 128, 7 + 3),
        ("Values", 64 * 24, 7),
        ("Store", 32 * 4120, 7),
        ("Label", 33 + 9 + 33, 0),
    ];
    let figures = [
        9728, 8704, 6976, 655_440, 657_488, 10_624, 11_584, 1536, 131_840, 75,
    ];
    for ((name, sum, padding), figure) in expected.into_iter().zip(figures) {
        let bounds = of_method(method(arenas, name)).unwrap();
        assert_eq!((bounds.request_arena, sum), (figure, figure), "{name}");
        assert_eq!(bounds.request_arena_padded, sum + padding, "{name}");
    }
}

fn class<'m>(model: &'m Model, name: &str) -> &'m Component {
    model.component(model.component_named(name).unwrap())
}

#[test]
fn kernel_endpoints_are_numbered_by_position() {
    let model = model("kernel/Core.edl");
    let core = class(&model, "kernel.Core").flattened.as_ref().unwrap();
    let names: Vec<&str> = core.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let expected = "vmm.VMM io.IO thread.Thread handle.Handle task.Task task.TaskDebug sync.Sync fs.FS fs.FSUnsafe time.Time \
                    hal.HAL xhcidbg.XHCIDBG audit.Audit profiler.Profiler iommu.IOMMU cm.CM pm.PM notice.Notice ipc.IPC \
                    log.Log efi.Efi";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn own_endpoints_come_first_and_then_those_of_each_instance_depth_first() {
    let model = model("kernel/Mixed.edl");
    let mixed = class(&model, "kernel.Mixed").flattened.as_ref().unwrap();
    let names: Vec<(&str, &str)> = mixed
        .iter()
        .map(|endpoint| (endpoint.name.as_str(), endpoint.alias.as_str()))
        .collect();
    let expected = [
        // the section `endpoints` stands last in the file, and first in the numbering
        ("main", "kernel.Mixed.main"),
        ("admin", "kernel.Mixed.admin"),
        ("first.own", "kernel.parts.Deep.own"),
        ("first.left.Task", "kernel.parts.Task.Task"),
        ("first.left.TaskDebug", "kernel.parts.Task.TaskDebug"),
        ("first.right.IO", "kernel.parts.Io.IO"),
        ("second.IO", "kernel.parts.Io.IO"),
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_worked_example_has_the_c_constants_that_the_specification_says() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let file = vectors.join("farm/Sensor.idl");
    let arguments: [std::ffi::OsString; 6] = [
        "nk-gen".into(),
        "layout".into(),
        "--format=json".into(),
        "-I".into(),
        vectors.into(),
        file.into(),
    ];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(
        nk_gen::cli::run(arguments, &mut out, &mut err, false),
        nk_gen::cli::Exit::Success
    );
    let layout: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let packages = layout["packages"].as_array().unwrap();
    let sensor = packages
        .iter()
        .find(|package| package["name"] == "farm.Sensor")
        .unwrap();
    let numbers = sensor["numbers"].as_array().unwrap();
    let expected = [
        ("Put_mid", 0),
        ("List_mid", 1),
        ("Tune_mid", 2),
        ("mid_max", 3),
        ("Setting_period_tag", 0),
        ("Setting_blob_tag", 1),
        ("Setting_tag_max", 2),
        ("Put_req_r_label_size", 32),
        ("Put_req_arena_size", 32),
        ("Put_req_handles", 1),
        ("List_res_items_size", 8),
        ("List_res_items_elem_label_size", 32),
        ("List_res_arena_size", 448),
        ("Tune_req_s_blob_size", 64),
        ("Tune_req_arena_size", 64),
        ("req_arena_size", 64),
        ("res_arena_size", 448),
        ("req_handles", 1),
        ("res_handles", 0),
        ("err_handles", 0),
    ];
    for (name, value) in expected {
        let name = format!("farm_Sensor_{name}");
        let number = numbers
            .iter()
            .find(|number| number["name"] == name.as_str());
        assert_eq!(
            number.map(|number| &number["value"]),
            Some(&value.into()),
            "{name}"
        );
    }
}
