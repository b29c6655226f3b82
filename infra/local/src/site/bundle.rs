//! Puts the web app's files together: the fixed ones, the WebAssembly in parts, and the JavaScript that loads it.
//!
//! The app is cut where its source says so (`wasm_split`, see `frontend/src/app/later.rs`) into what everybody downloads
//! at once, `app_bg.wasm`, and parts that are downloaded when they are first needed. Then wasm-bindgen's own library,
//! pinned to the version that the app links so that the two cannot differ, writes the JavaScript around it.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::transform;

use super::failed;
use crate::StartError;

/// What everybody downloads at once.
const APP: &str = "app_bg.wasm";
/// The JavaScript that loads the parts.
const LOADER: &str = "parts.js";

/// Put together the site in the folder `site`, from the compiled app and the folder of fixed files.
pub(super) fn bundle(wasm: &Path, fixed: &Path, site: &Path) -> Result<(), StartError> {
    copy_changed(fixed, site).map_err(failed)?;
    let compiled = fs::read(wasm).map_err(failed)?;
    let version = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &compiled).as_ref()[..9]);
    // The loader is written last, and names the parts with their version.
    let is_current =
        fs::read_to_string(site.join(LOADER)).is_ok_and(|loader| loader.contains(&version));
    if is_current {
        return Ok(());
    }
    let folder = wasm.with_file_name("parts");
    let (main, parts) = split(&compiled, &folder)?;
    Bindgen::new()
        .input_path(main)
        .out_name("app")
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .remove_name_section(true)
                .remove_producers_section(true)
                // The parts use the app's table of functions, which would go with these.
                .keep_lld_exports(true)
                .generate(site)
        })
        .map_err(|error| failed(format!("wasm-bindgen says: {error:#}")))?;
    add_parts(&folder, &parts, &version, site)
}

/// Cut the compiled app into a folder; returns what is left of it, which wasm-bindgen has yet to work on, and the parts.
fn split(compiled: &[u8], folder: &Path) -> Result<(PathBuf, Vec<PathBuf>), StartError> {
    let main = folder.join("main.wasm");
    let link_name = format!("./{LOADER}");
    let mut options = wasm_split_cli_support::Options::new(compiled);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = &link_name;
    options.main_module = "./app.js";
    let split =
        transform(options).map_err(|error| failed(format!("wasm-split says: {error:#}")))?;
    Ok((main, split.split_modules))
}

/// Put the parts and their loader into the site.
///
/// A part fits only the app that it was cut from, so its name holds that app's version: a page that was opened before a
/// newer app was put in its place finds its own parts or none, but never the wrong ones.
fn add_parts(
    folder: &Path,
    parts: &[PathBuf],
    version: &str,
    site: &Path,
) -> Result<(), StartError> {
    let mut loader = fs::read_to_string(folder.join(LOADER)).map_err(failed)?;
    let mut names = vec![APP.to_owned()];
    for part in parts {
        let stem = part.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}.{version}.wasm");
        loader = loader.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{name}\""));
        fs::write(site.join(&name), compact(part)?).map_err(failed)?;
        names.push(name);
    }
    remove_others(site, &names).map_err(failed)?;
    fs::write(site.join(LOADER), loader).map_err(failed)
}

/// Without the names of functions, and with each number as short as it can be: wasm-bindgen does this for the app, but
/// does not see the parts.
fn compact(part: &Path) -> Result<Vec<u8>, StartError> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse_file(part)
        .map_err(|error| failed(format!("{}: {error:#}", part.display())))?;
    Ok(module.emit_wasm())
}

/// Remove the parts of older apps.
fn remove_others(site: &Path, names: &[String]) -> io::Result<()> {
    for entry in fs::read_dir(site)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wasm") && !names.contains(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Copy a folder's files where they differ, so that a browser's copies stay valid and a server that reads them while
/// another starts never meets half a file that had not changed.
fn copy_changed(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_changed(&source, &copy)?;
            continue;
        }
        let content = fs::read(&source)?;
        if fs::read(&copy).ok().as_ref() != Some(&content) {
            fs::File::create(&copy)?.write_all(&content)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest module there is.
    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn parts_are_loaded_by_names_that_hold_the_version_and_older_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let (cut, site) = (folder.path().join("cut"), folder.path().join("site"));
        fs::create_dir(&cut).unwrap();
        fs::create_dir(&site).unwrap();
        let part = cut.join("split_orders.wasm");
        fs::write(&part, EMPTY).unwrap();
        fs::write(cut.join(LOADER), r#"new URL("./split_orders.wasm", here)"#).unwrap();
        for there in [APP, "split_orders.v1.wasm", "styles.css"] {
            fs::write(site.join(there), EMPTY).unwrap();
        }

        add_parts(&cut, &[part], "v2", &site).unwrap();

        let loader = fs::read_to_string(site.join(LOADER)).unwrap();
        assert_eq!(loader, r#"new URL("./split_orders.v2.wasm", here)"#);
        for (name, is_there) in [
            (APP, true),
            ("styles.css", true),
            ("split_orders.v2.wasm", true),
            ("split_orders.v1.wasm", false),
        ] {
            assert_eq!(site.join(name).exists(), is_there, "{name}");
        }
    }
}
