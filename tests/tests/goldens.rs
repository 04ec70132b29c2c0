//! Compares what the compiler writes with the golden files; `BLESS=1` rewrites them.
//!
//! * `goldens/NAME`: descriptions; below `expected`, the Rust (`nk/`) and the JSON (`model.json`) that they become. The Rust
//!   is compiled by this crate's library and used by the other tests, so none of it is only a picture.
//! * `goldens-diagnostics/NAME`: wrong descriptions; `expected.txt` is what people read, `expected.jsonl` what programs read.
use libtest_mimic::{Arguments, Failed, Trial};
use nk_tests::descriptions;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Texts by their paths below a golden's folder.
type Texts = Vec<(PathBuf, String)>;

fn main() {
    let rust = folders("goldens")
        .into_iter()
        .map(|folder| trial("rust", folder, "expected/nk", rust));
    let json = folders("goldens")
        .into_iter()
        .map(|folder| trial("json", folder, "expected/model.json", json));
    let findings = folders("goldens-diagnostics");
    let text = findings
        .clone()
        .into_iter()
        .map(|folder| trial("findings", folder, "expected.txt", text));
    let lines = findings
        .into_iter()
        .map(|folder| trial("findings_json", folder, "expected.jsonl", lines));
    let trials = rust.chain(json).chain(text).chain(lines).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// `part` is the file or folder below `folder` that the texts make up.
fn trial(
    kind: &str,
    folder: PathBuf,
    part: &'static str,
    produce: fn(&Path) -> Result<Texts, Failed>,
) -> Trial {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Trial::test(format!("{kind}_{name}"), move || {
        let texts = produce(&folder)?;
        if std::env::var_os("BLESS").is_some() {
            bless(&folder, part, &texts)
        } else {
            compare(&folder, part, &texts)
        }
    })
}

fn analyze(folder: &Path) -> Result<nk_gen::Analysis, Failed> {
    let options = nk_gen::Options {
        include: vec![folder.to_owned()],
        ..Default::default()
    };
    let analysis = nk_gen::analyze(&descriptions(folder), &[], &options);
    if analysis.has_errors() {
        return Err(nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics).into());
    }
    Ok(analysis)
}

fn rust(folder: &Path) -> Result<Texts, Failed> {
    let analysis = analyze(folder)?;
    let rust =
        nk_gen::emit::rust::generate(&analysis.model, &nk_gen::emit::rust::Options::default())
            .map_err(|findings| nk_gen::text::render::plain(&analysis.sources, &findings))?;
    Ok(rust
        .files()
        .into_iter()
        .map(|(path, text)| (Path::new("expected").join(path), text))
        .collect())
}

fn json(folder: &Path) -> Result<Texts, Failed> {
    let analysis = analyze(folder)?;
    let text = nk_gen::emit::json::print(&analysis.model, &analysis.sources, &analysis.roots);
    Ok(vec![("expected/model.json".into(), text)])
}

fn text(folder: &Path) -> Result<Texts, Failed> {
    Ok(vec![("expected.txt".into(), check(folder, "text")?)])
}

fn lines(folder: &Path) -> Result<Texts, Failed> {
    Ok(vec![("expected.jsonl".into(), check(folder, "json")?)])
}

/// What `nk-gen check` says about all descriptions of the folder, by paths relative to this package.
fn check(folder: &Path, format: &str) -> Result<String, Failed> {
    let mut arguments: Vec<OsString> = ["nk-gen", "check", "--format", format, "-I"]
        .map(Into::into)
        .into();
    arguments.push(folder.into());
    arguments.extend(descriptions(folder).into_iter().map(Into::into));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = nk_gen::cli::run(arguments, &mut out, &mut err, false);
    if exit != nk_gen::cli::Exit::Findings || !out.is_empty() {
        return Err(format!("{exit:?}, printed {} bytes", out.len()).into());
    }
    Ok(String::from_utf8(err)?)
}

fn bless(folder: &Path, part: &str, texts: &Texts) -> Result<(), Failed> {
    let part = folder.join(part);
    if part.is_dir() {
        // a golden that is gone must not stay behind
        std::fs::remove_dir_all(&part)?;
    }
    for (path, text) in texts {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// A file too many or too few is a difference, too.
fn compare(folder: &Path, part: &str, texts: &Texts) -> Result<(), Failed> {
    for (path, text) in texts {
        let golden = std::fs::read_to_string(folder.join(path))
            .map_err(|e| format!("{}: {e}", path.display()))?;
        if let Some((n, (new, old))) = text
            .lines()
            .zip(golden.lines())
            .enumerate()
            .find(|(_, (new, old))| new != old)
        {
            return Err(format!(
                "{}:{}:\n  golden:    {old}\n  generated: {new}",
                path.display(),
                n + 1
            )
            .into());
        }
        if *text != golden {
            return Err(format!("{}: the lengths differ", path.display()).into());
        }
    }
    let present = files_below(&folder.join(part)).len().max(1);
    if present != texts.len() {
        return Err(format!("{present} golden files, {} generated", texts.len()).into());
    }
    Ok(())
}

/// The folders of a folder of this package, by relative paths, so that findings show the same ones everywhere.
fn folders(name: &str) -> Vec<PathBuf> {
    let mut folders: Vec<_> = entries(Path::new(name))
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|dir| dir.flatten().map(|e| e.path()).collect())
        .unwrap_or_default()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let below = |path: PathBuf| {
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    };
    entries(folder).into_iter().flat_map(below).collect()
}
