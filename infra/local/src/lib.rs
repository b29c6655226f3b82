//! The whole system on this machine, in one process: the functions' own handlers behind a gateway that does what API
//! Gateway does, over an embedded DynamoDB, driven by stream mappings, an event bus with queues, and a schedule, as in
//! AWS; with an issuer that stands in for Cognito, and a payment provider that stands in for Stripe.
//!
//! The functions can also run as processes of their own, under `cargo lambda watch`.
//!
//! What stands here is the machine around the functions and nothing of what they do: no rule of booking, no view.

mod api_event;
mod background;
mod bus;
mod console;
mod data_file;
mod data_folder;
mod demo;
mod engine;
mod error;
mod functions;
mod gateway;
mod handlers;
mod issuer;
mod local_table;
mod log;
mod options;
mod page;
mod queue;
mod schedule;
mod site;
mod stream;
mod tables;
mod test_provider;
mod watched;
mod web;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::middleware::map_response;
use plenary_http::token::Verifier;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

pub use engine::Engine;
pub use error::StartError;
pub use log::{Comparison, Export, Import, LogError, Report, Verify};
pub use options::{Bridge, Command, Deliveries, Options};
pub use tables::{accounts_log, booking_log};
pub use test_provider::SECRET as PAYMENT_SECRET;

use background::Background;
use bus::Bus;
use console::Console;
use data_folder::DataFolder;
use functions::{Follower, Functions, Place, Scheduled};
use gateway::Gateway;
use handlers::Handlers;
use issuer::{CLIENT_ID, Issuer, SigningKey};
use stream::{Checkpoints, Source};
use test_provider::TestProvider;
use watched::Watched;
use web::Site;

/// The system, running.
pub struct Running {
    url: String,
    data: PathBuf,
    console: Console,
    stop_serving: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    background: Vec<Background>,
    bus: Arc<Bus>,
    engine: Engine,
    _folder: DataFolder,
}

/// Prepare what is missing and start everything. When this returns, the address answers.
///
/// # Errors
///
/// Where something that it needs cannot be had; each error is a sentence for the person at the terminal.
pub async fn start(options: &Options) -> Result<Running, StartError> {
    let console = Console::new(options.quiet);
    let listener = listen(options.port, "--port").await?;
    let address = listener
        .local_addr()
        .map_err(|error| StartError::CannotListen(options.port, error))?;
    let authority = address.to_string();
    let url = format!("http://{authority}");

    let folder = DataFolder::open(&options.data)?;
    let issuer = Arc::new(Issuer::new(&url, SigningKey::load_or_make(&folder)?));
    let bridge = options.bridge();
    let engine = match &options.dynamodb_endpoint {
        Some(endpoint) => Engine::at(endpoint).await?,
        None => {
            let port = bridge.map_or(0, |bridge| bridge.dynamodb_port);
            Engine::embedded(&folder.file(log::DATA_FILE), port).await?
        }
    };
    let watched = bridge.map(|bridge| Watched::at(&bridge.functions));
    let watched = watched.transpose()?;
    let site = prepare_site(options).await?;
    let site = Site::read(&site)
        .map_err(|error| StartError::Site(format!("{} cannot be read: {error}", site.display())))?;

    let client = engine.client();
    console.step("Tables", tables::create(&client)).await?;
    log::refuse_unfinished_import(&client).await?;
    let bus = Arc::new(Bus::new(&client, options.deliveries));
    let provider = Arc::new(TestProvider::new(&client));
    let functions = Arc::new(Functions::new(match watched {
        Some(watched) => {
            let built = watched.wait();
            console.step("Functions under cargo lambda", built).await?;
            Place::Watched(Box::new(watched))
        }
        None => Place::InProcess(Box::new(Handlers::new(&client, &url))),
    }));
    let mut background = start_background(&engine, &functions, &bus, options.schedule).await?;
    background.push(provider.call_back(&url).map_err(StartError::NoHttp)?);
    let keys = serde_json::from_value(issuer.jwks()).map_err(|_| StartError::NoSigningKey)?;
    let (open, opened) = watch::channel(false);
    let gateway = Arc::new(Gateway {
        functions,
        authorizer: Verifier::new(&url, keys, CLIENT_ID),
        site,
        dynamodb: client.clone(),
        opened,
        authority,
    });
    let router = gateway::routes(gateway.clone())
        .merge(issuer::routes(issuer.clone()))
        .merge(page::routes())
        .merge(bus::routes(bus.clone()))
        .merge(test_provider::routes(provider.clone()))
        .layer(map_response(gateway::secured));
    let (stop_serving, stopped) = oneshot::channel();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = stopped.await;
    });
    let running = Running {
        url,
        data: options.data.clone(),
        console,
        stop_serving,
        serving: tokio::spawn(serving.into_future()),
        background,
        bus,
        engine,
        _folder: folder,
    };
    // The season is sold once the address answers, as functions in other processes ask the issuer for its keys; and the
    // first visitor waits until all of it is there.
    if !options.no_demo
        && let Err(error) =
            demo::load(&gateway, &issuer, &provider, &client, &running.console).await
    {
        drop(open);
        running.stop().await;
        return Err(error);
    }
    open.send_replace(true);
    Ok(running)
}

/// Build the web app if it is not given or built already; returns its folder.
///
/// # Errors
///
/// Where it cannot be built.
pub async fn prepare_site(options: &Options) -> Result<PathBuf, StartError> {
    match &options.site {
        Some(site) => Ok(site.clone()),
        None => site::prepare(&Console::new(options.quiet)).await,
    }
}

impl Running {
    /// Where it is: `http://127.0.0.1:3000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every integration event that was published, in EventBridge's envelope, oldest first: its archive.
    ///
    /// # Errors
    ///
    /// Where DynamoDB does not do its part.
    pub async fn published(&self) -> Result<Vec<Value>, aws_sdk_dynamodb::Error> {
        self.bus.published().await
    }

    /// Say on the terminal that it is ready.
    pub fn announce(&self) {
        self.console.ready(&self.url, &self.data);
    }

    /// Finish what is running, checkpoint, and close the data file.
    pub async fn stop(self) {
        // What goes on in the background talks to the address as well, and so it ends first.
        for background in self.background {
            background.stop().await;
        }
        let _ = self.stop_serving.send(());
        let _ = tokio::time::timeout(Duration::from_secs(5), self.serving).await;
        self.engine.stop().await;
    }
}

/// Listen on a port of this machine, which was chosen by this option.
async fn listen(port: u16, option: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| {
            if error.kind() == io::ErrorKind::AddrInUse {
                StartError::PortInUse { port, option }
            } else {
                StartError::CannotListen(port, error)
            }
        })
}

/// Start what calls the functions without being asked by anybody: the streams, the queues and the schedule.
async fn start_background(
    engine: &Engine,
    functions: &Arc<Functions>,
    bus: &Bus,
    schedule: Duration,
) -> Result<Vec<Background>, StartError> {
    let mut background = Vec::new();
    for (log, followers) in [
        (booking_log(), &Follower::OF_BOOKING[..]),
        (accounts_log(), &Follower::OF_ACCOUNTS),
    ] {
        for follower in followers {
            background.push(map_stream(engine, &log.events, *follower, functions.clone()).await?);
        }
    }
    for (subscriber, queue) in bus.queues() {
        let (subscriber, functions) = (*subscriber, functions.clone());
        let consumer = queue::to_function(subscriber.name(), move |batch| {
            let functions = functions.clone();
            async move { functions.deliver(subscriber, &batch).await }
        });
        background.push(queue.consume(queue::BATCH_SIZE, queue::RETRIES, consumer));
    }
    for function in Scheduled::ALL {
        let functions = functions.clone();
        background.push(schedule::call(schedule, move || {
            let functions = functions.clone();
            async move { functions.tick(function).await }
        }));
    }
    let functions = functions.clone();
    background.push(schedule::operations(functions.operated(), move || {
        let functions = functions.clone();
        async move { functions.operate().await }
    }));
    Ok(background)
}

/// Start handing a log's stream to a function.
async fn map_stream(
    engine: &Engine,
    table: &str,
    follower: Follower,
    functions: Arc<Functions>,
) -> Result<Background, StartError> {
    let client = engine.client();
    let described = client.describe_table().table_name(table).send().await;
    let stream_arn = described
        .map_err(|error| StartError::Tables(plenary_http::respond::chain(&error)))?
        .table
        .and_then(|table| table.latest_stream_arn)
        .ok_or_else(|| StartError::Tables(format!("{table} has no stream")))?;
    let source = Source {
        function: follower.name(),
        filter: follower.filter(),
        client: engine.streams_client(),
        checkpoints: Checkpoints::new(client, follower.name(), &stream_arn),
        stream_arn,
    };
    let written = functions.written();
    let handler: stream::Handler = Arc::new(move |batch| {
        let functions = functions.clone();
        Box::pin(async move { functions.follow(follower, &batch).await })
    });
    Ok(stream::map(source, handler, written))
}
