//! A layout report for people: one line a thing, offsets in front.
use super::report::{
    BoundsReport, ComponentReport, FieldReport, LayoutReport, MessageReport, MethodReport,
    PackageReport, Report, TypeReport,
};

/// The report as text.
pub(super) fn print(report: &Report) -> String {
    let mut lines = Lines(String::new());
    if !report.verified {
        let width = report.pointer_width;
        lines.line(
            0,
            &format!(
                "pointer width {width}: unverified, no vendor layout of this width was compared\n"
            ),
        );
    }
    for package in &report.packages {
        lines.package(package);
    }
    for component in &report.components {
        lines.component(component);
    }
    lines.0
}

struct Lines(String);

impl Lines {
    fn line(&mut self, indent: usize, text: &str) {
        self.0
            .extend(std::iter::repeat_n("  ", indent).chain([text, "\n"]));
    }

    fn package(&mut self, package: &PackageReport) {
        self.line(0, &format!("package {}", package.name));
        for constant in &package.constants {
            self.line(
                1,
                &format!(
                    "const {} {} = {}",
                    constant.ty, constant.name, constant.value
                ),
            );
        }
        for ty in &package.types {
            self.ty(ty);
        }
        for method in package.methods.iter().flatten() {
            self.method(method);
        }
        self.end(package.bounds.as_ref(), package.digest.as_deref());
    }

    fn ty(&mut self, ty: &TypeReport) {
        let target = ty
            .target
            .as_ref()
            .map(|target| format!(" = {target}"))
            .unwrap_or_default();
        self.line(
            1,
            &format!(
                "{} {}{target}: {}",
                ty.kind,
                ty.name,
                layout(ty.layout.as_ref())
            ),
        );
        for (tag, field) in ty.fields.iter().enumerate() {
            let tag = if ty.kind == "union" {
                format!(", tag {tag}")
            } else {
                String::new()
            };
            self.line(2, &format!("{}{tag}", self::field(field)));
        }
    }

    fn method(&mut self, method: &MethodReport) {
        self.line(1, &format!("method {} = {}", method.name, method.mid));
        for (name, message) in [
            ("request", &method.request),
            ("response", &method.response),
            ("error", &method.error),
        ] {
            self.message(name, message);
        }
    }

    fn message(&mut self, name: &str, message: &MessageReport) {
        let handles = if message.handles == 0 {
            String::new()
        } else {
            format!(", handles {}", message.handles)
        };
        self.line(
            2,
            &format!("{name}: {}{handles}", layout(message.layout.as_ref())),
        );
        // in the order in which they stand in the message
        let mut params: Vec<&FieldReport> = message.params.iter().collect();
        params.sort_by_key(|param| param.offset);
        for param in params {
            self.line(3, &field(param));
        }
    }

    fn component(&mut self, component: &ComponentReport) {
        self.line(0, &format!("{} {}", component.kind, component.name));
        for security in component.security.iter().flatten() {
            self.line(
                1,
                &format!(
                    "{} = {}: {}",
                    security.name, security.riid, security.interface
                ),
            );
        }
        match &component.endpoints {
            None => self.line(1, "endpoints: unknown, an embedded component is external"),
            Some(endpoints) => {
                for endpoint in endpoints {
                    let names = format!("{} ({})", endpoint.name, endpoint.alias);
                    self.line(
                        1,
                        &format!(
                            "endpoint {names} = {}: {}",
                            endpoint.riid, endpoint.interface
                        ),
                    );
                }
            }
        }
        self.end(component.bounds.as_ref(), component.digest.as_deref());
    }

    fn end(&mut self, bounds: Option<&BoundsReport>, digest: Option<&str>) {
        if let Some(bounds) = bounds {
            let request = format!(
                "request {} + {}",
                bounds.request_size, bounds.request_arena_padded
            );
            let response = format!(
                "response {} + {}",
                bounds.response_size, bounds.response_arena_padded
            );
            self.line(1, &format!("largest {request}, {response}"));
        }
        if let Some(digest) = digest {
            self.line(1, &format!("digest {digest}"));
        }
        self.0.push('\n');
    }
}

fn layout(layout: Option<&LayoutReport>) -> String {
    match layout {
        None => "layout unknown, something external is inside".to_owned(),
        Some(LayoutReport {
            size,
            align,
            arena: 0,
            ..
        }) => format!("size {size}, align {align}"),
        Some(LayoutReport {
            size,
            align,
            arena,
            arena_padded,
        }) => {
            format!("size {size}, align {align}, arena {arena} ({arena_padded} padded)")
        }
    }
}

fn field(field: &FieldReport) -> String {
    let offset = field
        .offset
        .map_or("?".to_owned(), |offset| offset.to_string());
    format!("{offset:>4} {}: {}", field.name, field.ty)
}
