//! Our own texts of descriptions that solutions embed but that come with the
//! vendor's SDK. They are found after `-I` and `-S` and before `--external`.
//!
//! They describe the kernel's own interfaces (`kl.core.*`), the name server,
//! the log, and the class `Einit` that starts a solution. Their texts are part
//! of the compiler, so that a solution compiles without the SDK. Warnings about
//! them are not shown: they are not the user's to change.
use super::NameSet;

/// A built-in description.
pub(crate) struct Builtin {
    /// The path that diagnostics show, below `<builtin>/`.
    pub(crate) path: &'static str,
    /// The declared name.
    pub(crate) name: &'static str,
    /// Which set the name belongs to.
    pub(crate) set: NameSet,
    /// The text.
    pub(crate) text: &'static str,
}

/// The declared name is repeated beside the path, so that looking one up needs
/// no parsing.
macro_rules! builtin {
    ($set:ident, $name:literal, $path:literal) => {
        Builtin {
            path: $path,
            name: $name,
            set: NameSet::$set,
            text: include_str!(concat!("../../../builtin/", $path)),
        }
    };
}

/// Every built-in description.
///
/// A new text below `nk-gen/builtin/` needs a line here, and its declared name
/// has to fit its path as everyone's has.
pub(crate) const BUILTINS: &[Builtin] = &[
    builtin!(Component, "Einit", "Einit.edl"),
    builtin!(Component, "kl.core.Core", "kl/core/Core.edl"),
    builtin!(
        Component,
        "kl.core.AuditComponent",
        "kl/core/AuditComponent.cdl"
    ),
    builtin!(Component, "kl.core.CmComponent", "kl/core/CmComponent.cdl"),
    builtin!(
        Component,
        "kl.core.EfiComponent",
        "kl/core/EfiComponent.cdl"
    ),
    builtin!(Component, "kl.core.FsComponent", "kl/core/FsComponent.cdl"),
    builtin!(
        Component,
        "kl.core.HalComponent",
        "kl/core/HalComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.HandleComponent",
        "kl/core/HandleComponent.cdl"
    ),
    builtin!(Component, "kl.core.IoComponent", "kl/core/IoComponent.cdl"),
    builtin!(
        Component,
        "kl.core.IommuComponent",
        "kl/core/IommuComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.IpcComponent",
        "kl/core/IpcComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.LogComponent",
        "kl/core/LogComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.NoticeComponent",
        "kl/core/NoticeComponent.cdl"
    ),
    builtin!(Component, "kl.core.PmComponent", "kl/core/PmComponent.cdl"),
    builtin!(
        Component,
        "kl.core.ProfilerComponent",
        "kl/core/ProfilerComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.SyncComponent",
        "kl/core/SyncComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.TaskComponent",
        "kl/core/TaskComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.ThreadComponent",
        "kl/core/ThreadComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.TimeComponent",
        "kl/core/TimeComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.VmmComponent",
        "kl/core/VmmComponent.cdl"
    ),
    builtin!(
        Component,
        "kl.core.XhcidbgComponent",
        "kl/core/XhcidbgComponent.cdl"
    ),
    builtin!(Package, "kl.core.Audit", "kl/core/Audit.idl"),
    builtin!(Package, "kl.core.CM", "kl/core/CM.idl"),
    builtin!(Package, "kl.core.Efi", "kl/core/Efi.idl"),
    builtin!(Package, "kl.core.Execute", "kl/core/Execute.idl"),
    builtin!(Package, "kl.core.FS", "kl/core/FS.idl"),
    builtin!(Package, "kl.core.FSUnsafe", "kl/core/FSUnsafe.idl"),
    builtin!(Package, "kl.core.HAL", "kl/core/HAL.idl"),
    builtin!(Package, "kl.core.Handle", "kl/core/Handle.idl"),
    builtin!(Package, "kl.core.IO", "kl/core/IO.idl"),
    builtin!(Package, "kl.core.IOMMU", "kl/core/IOMMU.idl"),
    builtin!(Package, "kl.core.IPC", "kl/core/IPC.idl"),
    builtin!(Package, "kl.core.Log", "kl/core/Log.idl"),
    builtin!(Package, "kl.core.Notice", "kl/core/Notice.idl"),
    builtin!(Package, "kl.core.PM", "kl/core/PM.idl"),
    builtin!(Package, "kl.core.Profiler", "kl/core/Profiler.idl"),
    builtin!(Package, "kl.core.Sync", "kl/core/Sync.idl"),
    builtin!(Package, "kl.core.Task", "kl/core/Task.idl"),
    builtin!(Package, "kl.core.TaskDebug", "kl/core/TaskDebug.idl"),
    builtin!(Package, "kl.core.Thread", "kl/core/Thread.idl"),
    builtin!(Package, "kl.core.Time", "kl/core/Time.idl"),
    builtin!(Package, "kl.core.VMM", "kl/core/VMM.idl"),
    builtin!(Package, "kl.core.XHCIDBG", "kl/core/XHCIDBG.idl"),
    builtin!(Package, "kl.Klog", "kl/Klog.idl"),
    builtin!(Component, "kl.Klog", "kl/Klog.cdl"),
    builtin!(Package, "kl.core.NS", "kl/core/NS.idl"),
    builtin!(Component, "kl.core.NsComponent", "kl/core/NsComponent.cdl"),
    builtin!(Component, "kl.core.NameServer", "kl/core/NameServer.edl"),
    builtin!(Package, "kl.KlogStorage", "kl/KlogStorage.idl"),
    builtin!(Component, "kl.KlogStorage", "kl/KlogStorage.cdl"),
];

/// The built-in description of a name.
pub(crate) fn find(set: NameSet, name: &str) -> Option<&'static Builtin> {
    BUILTINS
        .iter()
        .find(|builtin| builtin.set == set && builtin.name == name)
}
