//! People in front of real browsers: Chromium through its driver, each with a profile of its own.

#![expect(clippy::expect_used, reason = "no test can go on without it")]

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    process::Stdio,
    rc::Rc,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tests::system::System;
use thirtyfour::prelude::*;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Mutex,
    task::LocalSet,
};

/// How long a person waits for something to appear before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(40);

/// One journey at a time: two browsers are enough for two cores, and a race is between the two of one journey.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A system with its web app, and the people who visit it.
pub struct Stage {
    pub system: System,
    driver_url: String,
    visitors: RefCell<Vec<Rc<Visitor>>>,
    _driver: Child,
}

/// Somebody with a browser.
pub struct Visitor {
    name: String,
    url: String,
    browser: WebDriver,
    _profile: TempDir,
}

/// Play a journey. Where it fails, what each browser shows is saved under `target/browser/`.
pub async fn journey<F: Future<Output = ()> + 'static>(
    name: &str,
    play: impl FnOnce(Rc<Stage>) -> F,
) {
    journey_in(name, system(), play).await;
}

/// The web app as `cargo run` builds it, or one that is built already.
pub fn site() -> Option<PathBuf> {
    std::env::var_os("PLENARY_TEST_SITE").map(Into::into)
}

async fn system() -> System {
    System::start_with(|options, _| options.site = site()).await
}

/// Play a journey through this system.
pub async fn journey_in<F: Future<Output = ()> + 'static>(
    name: &str,
    system: impl Future<Output = System>,
    play: impl FnOnce(Rc<Stage>) -> F,
) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let here = LocalSet::new();
    here.run_until(async {
        let stage = Rc::new(Stage::set(system.await).await);
        // A task of its own, so that a failed assertion still comes back to close the browsers.
        let played = tokio::task::spawn_local(play(stage.clone())).await;
        for visitor in stage.visitors.take() {
            if played.is_err() {
                visitor.save_screen(name).await;
            }
            let _ = visitor.browser.clone().quit().await;
        }
        if let Err(failed) = played {
            std::panic::resume_unwind(failed.into_panic());
        }
    })
    .await;
}

/// Start chromedriver; answers it with the port on which it listens, or nothing where it found none.
async fn start_driver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver runs: the README says how to install Chromium and its driver");
    let output = driver.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.expect("chromedriver's output") {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Some((driver, port.trim_end_matches('.').to_owned()));
        }
    }
    None
}

impl Stage {
    async fn set(system: System) -> Self {
        // The driver is given a free port for one kind of address and then takes it for both, where somebody may have been
        // faster: it ends then, and another one has better luck.
        let mut started = None;
        for _ in 0..5 {
            started = start_driver().await;
            if started.is_some() {
                break;
            }
        }
        let (driver, port) = started.expect("chromedriver listens");
        Self {
            system,
            driver_url: format!("http://127.0.0.1:{port}"),
            visitors: RefCell::default(),
            _driver: driver,
        }
    }

    /// Somebody new, with a fresh browser.
    pub async fn visitor(&self, name: &str) -> Rc<Visitor> {
        let profile = TempDir::new().expect("a temporary folder");
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,1000",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            wanted.add_arg(argument).expect("an argument of Chromium");
        }
        let browser = WebDriver::new(&self.driver_url, wanted).await;
        let visitor = Rc::new(Visitor {
            name: name.to_owned(),
            url: self.system.url.clone(),
            browser: browser.expect("Chromium starts"),
            _profile: profile,
        });
        self.visitors.borrow_mut().push(visitor.clone());
        visitor
    }
}

impl Visitor {
    /// Open a page of the site.
    pub async fn open(&self, path: &str) {
        let opened = self.browser.goto(format!("{}{path}", self.url)).await;
        opened.expect("the page opens");
    }

    pub async fn refresh(&self) {
        self.browser.refresh().await.expect("the page loads again");
    }

    pub async fn back(&self) {
        self.browser.back().await.expect("the browser goes back");
    }

    pub async fn forward(&self) {
        self.browser.forward().await.expect("the browser goes on");
    }

    /// Click what has this hook, as soon as it can be clicked.
    pub async fn press(&self, hook: &str) {
        self.until(&format!("{hook} can be pressed"), async || {
            self.find(hook).await?.click().await.map(Some)
        })
        .await;
    }

    /// Double-click it.
    pub async fn press_twice(&self, hook: &str) {
        self.until(&format!("{hook} can be pressed"), async || {
            let element = self.find(hook).await?;
            element.scroll_into_view().await?;
            let actions = self.browser.action_chain();
            actions
                .double_click_element(&element)
                .perform()
                .await
                .map(Some)
        })
        .await;
    }

    /// Follow the first link with this text.
    pub async fn follow(&self, text: &str) {
        self.until(&format!("a link says {text}"), async || {
            self.browser
                .find(By::LinkText(text))
                .await?
                .click()
                .await
                .map(Some)
        })
        .await;
    }

    /// Type this into the field, over what stands there.
    pub async fn fill(&self, field: &str, text: &str) {
        self.until(&format!("{field} can be filled"), async || {
            let field = self.browser.find(By::Id(field)).await?;
            field.clear().await?;
            field.send_keys(text).await.map(Some)
        })
        .await;
    }

    /// Press a key while what has this hook has the focus.
    pub async fn types(&self, hook: &str, key: Key) {
        self.until(&format!("{hook} takes keys"), async || {
            self.find(hook)
                .await?
                .send_keys(key.clone())
                .await
                .map(Some)
        })
        .await;
    }

    /// What the field holds, once it holds something.
    pub async fn value(&self, field: &str) -> String {
        self.until(&format!("{field} holds something"), async || {
            let value = self.browser.find(By::Id(field)).await?.value().await?;
            Ok(value.filter(|value| !value.is_empty()))
        })
        .await
    }

    /// The text of what has this hook, once it is there and says something.
    pub async fn read(&self, hook: &str) -> String {
        self.until(&format!("{hook} says something"), async || {
            let text = self.find(hook).await?.text().await?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        })
        .await
    }

    /// Wait until what has this hook says this, in whatever case the style sheet puts it.
    pub async fn sees(&self, hook: &str, text: &str) {
        let wanted = text.to_lowercase();
        self.until(&format!("{hook} says {text:?}"), async || {
            let says = self.find(hook).await?.text().await?.to_lowercase();
            Ok(says.contains(&wanted).then_some(()))
        })
        .await;
    }

    /// Wait until the page says this somewhere.
    pub async fn sees_text(&self, text: &str) {
        self.until(&format!("the page says {text:?}"), async || {
            let says = self.browser.find(By::Tag("main")).await?.text().await?;
            Ok(says.contains(text).then_some(()))
        })
        .await;
    }

    /// Whether something with this hook is shown now.
    pub async fn has(&self, hook: &str) -> bool {
        match self.find(hook).await {
            Ok(element) => element.is_displayed().await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// Wait until it is not shown any more.
    pub async fn is_rid_of(&self, hook: &str) {
        self.until(&format!("{hook} is gone"), async || {
            Ok((!self.has(hook).await).then_some(()))
        })
        .await;
    }

    /// Wait until one of these is shown, and say which.
    pub async fn sees_one_of<'a>(&self, hooks: &[&'a str]) -> &'a str {
        self.until(&format!("one of {hooks:?} is shown"), async || {
            for hook in hooks {
                if self.has(hook).await {
                    return Ok(Some(*hook));
                }
            }
            Ok(None)
        })
        .await
    }

    /// The address, once it begins like this.
    pub async fn arrives_at(&self, path: &str) -> String {
        self.until(&format!("the address is {path}…"), async || {
            let at = self.browser.current_url().await?.path().to_owned();
            Ok(Some(at).filter(|at| at.starts_with(path)))
        })
        .await
    }

    /// Say on the sign-in page who they are.
    pub async fn signs_in(&self, email: &str) {
        self.arrives_at("/oidc/authorize").await;
        self.fill("name", &self.name).await;
        self.fill("email", email).await;
        self.press("sign-in-other").await;
    }

    /// Fail where the browser's console holds a complaint. That a command was refused is not one.
    pub async fn has_a_quiet_console(&self) {
        let entries = self.browser.browser_log().await.expect("the console");
        let complaints: Vec<_> = entries
            .iter()
            .filter(|entry| entry.level == "SEVERE" && entry.source.as_deref() != Some("network"))
            .collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    /// What has this hook; of several hooks, each within the one before it.
    async fn find(&self, hooks: &str) -> WebDriverResult<WebElement> {
        let selectors: Vec<_> = hooks
            .split(' ')
            .map(|hook| format!("[data-test=\"{hook}\"]"))
            .collect();
        self.browser.find(By::Css(selectors.join(" "))).await
    }

    /// Look until there is something. What a page that is just changing answers, such as that an element is gone
    /// again, counts as nothing yet.
    async fn until<T>(&self, what: &str, look: impl AsyncFn() -> WebDriverResult<Option<T>>) -> T {
        let began = Instant::now();
        loop {
            let seen = look().await;
            if let Ok(Some(seen)) = seen {
                return seen;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{} waited in vain until {what}: {:?}",
                self.name,
                seen.err()
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn save_screen(&self, journey: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/browser");
        let file = folder.join(format!("{journey}, {}.png", self.name));
        let _ = std::fs::create_dir_all(&folder);
        if self.browser.screenshot(&file).await.is_ok() {
            eprintln!("what {} saw: {}", self.name, file.display());
        }
    }
}
