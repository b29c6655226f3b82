//! What stands around every screen: header, the reminder of a hold, footer.

use leptos::{html, prelude::*, task::spawn_local};
use web_sys::MouseEvent;

use super::held::HeldReminder;
use crate::{
    api::use_client,
    auth,
    router::{address_of, clicked_link, use_router},
    ui::{Icon, LiveRegion, SignInButton, ThemeToggle, handler, watch},
};

/// A screen that must not be left by mistake asks first: while it is set, a link that leads elsewhere is handed to it
/// instead of being followed.
#[derive(Clone, Copy, Default)]
pub struct LeaveGuard(RwSignal<Option<Callback<String>>>);

impl LeaveGuard {
    /// Ask before leaving, until the calling component is gone.
    pub fn ask(&self, on_leave: Callback<String>) {
        let guard = *self;
        guard.0.set(Some(on_leave));
        on_cleanup(move || {
            guard.0.try_set(None);
        });
    }

    /// Stop asking.
    pub fn release(&self) {
        self.0.set(None);
    }

    fn intercept(&self, click: &MouseEvent) {
        let Some(on_leave) = self.0.get_untracked() else {
            return;
        };
        let Some(link) = clicked_link(click) else {
            return;
        };
        let screen = |path: &str| {
            path.split('/')
                .take(3)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let stays = screen(&link.pathname()) == screen(&current_path_name());
        if !stays {
            click.prevent_default();
            on_leave.run(address_of(&link));
        }
    }
}

fn current_path_name() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Header, main and footer around the screen.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let guard = use_context::<LeaveGuard>().unwrap_or_default();
    let router = use_router();
    let main = NodeRef::<html::Main>::new();
    let skip = move |click: MouseEvent| {
        click.prevent_default();
        if let Some(main) = main.get_untracked() {
            _ = main.focus();
        }
    };
    view! {
        <div class="frame" on:click=handler(move |click| {
                guard.intercept(&click);
                router.follow(&click);
            })>
            <a class="skip-link" href="#main" on:click=handler(skip)>
                "Skip to content"
            </a>
            <header class="site-header">
                <div class="wide">
                    <a class="wordmark" href="/">
                        <Icon name="mark" />
                        "Plenary"
                    </a>
                    <SiteNavigation />
                </div>
            </header>
            <HeldReminder />
            <main id="main" class="wide" tabindex="-1" node_ref=main>
                {children()}
            </main>
            <footer class="site-footer">
                <div class="wide">
                    <p>"Plenary books conference seats. Every booking keeps its whole history."</p>
                </div>
            </footer>
            <LiveRegion />
        </div>
    }
}

#[component]
fn SiteNavigation() -> impl IntoView {
    let client = use_client();
    let router = use_router();
    let current = move |href: &'static str| (router.path() == href).then_some("page");
    let sign_out = move |_| spawn_local(auth::sign_out(client));
    // Following a link of the menu does not load a page, so the menu has to be closed.
    let menu = NodeRef::<html::Details>::new();
    watch(move || {
        router.path();
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    });
    view! {
        <nav aria-label="Site">
            <a class="nav-link" href="/" aria-current=move || current("/")>
                "Conferences"
            </a>
            <a class="nav-link" href="/bookings" aria-current=move || current("/bookings") data-test="my-bookings">
                "My bookings"
            </a>
        </nav>
        <div class="header-tools">
            {move || match client.session.identity() {
                Some(identity) => {
                    view! {
                        <details class="menu" data-test="account" node_ref=menu>
                            <summary>
                                <Icon name="user" />
                                <span class="menu-name">{identity.name}</span>
                            </summary>
                            <div class="menu-items">
                                <p>"Signed in as " <strong>{identity.email}</strong></p>
                                <ul>
                                    <li>
                                        <a class="nav-link" href="/account" aria-current=move || current("/account") data-test="my-account">
                                            "My account"
                                        </a>
                                    </li>
                                    {identity
                                        .organizes
                                        .then(|| {
                                            view! {
                                                <li>
                                                    <a
                                                        class="nav-link"
                                                        href="/organize"
                                                        aria-current=move || current("/organize")
                                                        data-test="my-conferences"
                                                    >
                                                        "Your conferences"
                                                    </a>
                                                </li>
                                            }
                                        })}
                                    {identity
                                        .operates
                                        .then(|| {
                                            view! {
                                                <li>
                                                    <a
                                                        class="nav-link"
                                                        href="/operate"
                                                        aria-current=move || router.path().starts_with("/operate").then_some("page")
                                                        data-test="operate"
                                                    >
                                                        "Operate"
                                                    </a>
                                                </li>
                                            }
                                        })}
                                </ul>
                                <button class="button" type="button" data-test="sign-out" on:click=handler(sign_out)>
                                    "Sign out"
                                </button>
                            </div>
                        </details>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <SignInButton class="button" test="sign-in" />
                    }
                        .into_any()
                }
            }}
            <ThemeToggle />
        </div>
    }
}
