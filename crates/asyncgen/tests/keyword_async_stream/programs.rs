// Each program returns its items, as text.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;

pub(crate) type Items = Vec<String>;

async fn all<T: Debug>(stream: impl Stream<Item = T>) -> Items {
    stream.map(|item| format!("{item:?}")).collect().await
}

// --- the documentation's examples ------------------------------------------------------------------------------------

fn zero_to_three() -> impl Stream<Item = u32> {
    stream! {
        for i in 0..3 {
            yield i;
        }
    }
}

fn double<S: Stream<Item = u32>>(input: S) -> impl Stream<Item = u32> {
    stream! {
        for await value in input {
            yield value * 2;
        }
    }
}

pub(crate) async fn zero_to_three_doubled() -> Items {
    all(double(zero_to_three())).await
}

/// Stands for `tokio::net`, which the tests have no need of.
struct TcpListener(VecDeque<io::Result<u16>>);

impl TcpListener {
    async fn bind(addr: SocketAddr) -> io::Result<Self> {
        sleep(Duration::ZERO).await;
        Ok(Self([Ok(addr.port()), Ok(2), Err(io::ErrorKind::ConnectionAborted.into()), Ok(3)].into()))
    }

    async fn accept(&mut self) -> io::Result<(u16, SocketAddr)> {
        sleep(Duration::ZERO).await;
        let port = self.0.pop_front().unwrap()?;
        Ok((port, ([127, 0, 0, 1], port).into()))
    }
}

pub(crate) async fn bind_and_accept() -> Items {
    fn bind_and_accept(addr: SocketAddr) -> impl Stream<Item = io::Result<u16>> {
        try_stream! {
            let mut listener = TcpListener::bind(addr).await?;

            loop {
                let (stream, addr) = listener.accept().await?;
                println!("received on {:?}", addr);
                yield stream;
            }
        }
    }
    all(bind_and_accept(([127, 0, 0, 1], 80).into())).await
}

// --- as in real projects ---------------------------------------------------------------------------------------------

#[derive(Debug)]
struct Page {
    items: Vec<&'static str>,
    next: Option<String>,
}

#[derive(Debug)]
enum ClientError {
    Status(#[expect(dead_code, reason = "it is printed")] u16),
    Decode(#[expect(dead_code, reason = "it is printed")] String),
}

#[derive(Clone, Default)]
struct Client {
    calls: Arc<Mutex<u16>>,
}

impl Client {
    async fn get(&self, cursor: Option<&str>) -> Result<Page, ClientError> {
        sleep(Duration::from_millis(1)).await;
        *self.calls.lock().unwrap() += 1;
        match cursor {
            None => Ok(Page { items: vec!["a", "b"], next: Some("2".into()) }),
            Some("2") => Ok(Page { items: vec![], next: Some("3".into()) }),
            Some("3") => Ok(Page { items: vec!["c"], next: Some("end".into()) }),
            Some(_) => Err(ClientError::Status(404)),
        }
    }
}

pub(crate) async fn pages_over_http() -> Items {
    fn list(client: Client) -> impl Stream<Item = Result<String, ClientError>> + Send + 'static {
        try_stream! {
            let mut cursor: Option<String> = None;
            loop {
                let page = client.get(cursor.as_deref()).await?;
                for item in page.items {
                    if item == "x" {
                        Err(ClientError::Decode(format!("{item} at {cursor:?}")))?;
                    }
                    yield item.to_owned();
                }
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
        }
    }
    let client = Client::default();
    let mut items = tokio::spawn(all(list(client.clone()))).await.unwrap();
    items.push(client.calls.lock().unwrap().to_string());
    items
}

pub(crate) async fn tail_a_file() -> Items {
    struct File {
        content: Arc<Mutex<String>>,
        position: usize,
    }
    impl File {
        async fn read_to_end(&mut self, buffer: &mut String) -> io::Result<usize> {
            sleep(Duration::from_millis(1)).await;
            let content = self.content.lock().unwrap();
            buffer.push_str(&content[self.position..]);
            Ok(content.len() - std::mem::replace(&mut self.position, content.len()))
        }
    }
    fn tail(content: Arc<Mutex<String>>, mut stop: oneshot::Receiver<()>) -> impl Stream<Item = io::Result<String>> {
        let mut file = File { content, position: 0 };
        try_stream! {
            let mut buffer = String::new();
            loop {
                let read = file.read_to_end(&mut buffer).await?;
                while let Some(end) = buffer.find('\n') {
                    let line = buffer.drain(..=end).collect::<String>();
                    yield line.trim_end().to_owned();
                }
                if read == 0 {
                    tokio::select! {
                        biased;
                        _ = &mut stop => {
                            if !buffer.is_empty() { yield buffer.clone(); }
                            break;
                        }
                        _ = sleep(Duration::from_millis(1)) => {}
                    }
                }
            }
        }
    }
    let content = Arc::new(Mutex::new("one\ntwo\nthr".to_owned()));
    let (stop, stopped) = oneshot::channel();
    let mut lines = pin!(tail(content.clone(), stopped));
    let mut items = Vec::new();
    items.extend(lines.next().await.map(|line| line.unwrap()));
    items.extend(lines.next().await.map(|line| line.unwrap()));
    content.lock().unwrap().push_str("ee\nrest");
    stop.send(()).unwrap();
    items.extend(all(lines).await);
    items
}

pub(crate) async fn retry_with_backoff() -> Items {
    async fn attempt(n: u32) -> Result<u32, String> {
        if n < 3 { Err(format!("attempt {n}")) } else { Ok(n) }
    }
    fn attempts() -> impl Stream<Item = Result<u32, String>> {
        stream! {
            let mut delay = Duration::from_micros(1);
            for n in 1u32.. {
                match attempt(n).await {
                    Ok(value) => {
                        yield Ok(value);
                        return;
                    }
                    Err(error) if n == 5 => yield Err(error),
                    Err(error) => {
                        yield Err(format!("{error}, waits {delay:?}"));
                        sleep(delay).await;
                        delay *= 2;
                    }
                }
            }
        }
    }
    all(attempts()).await
}

pub(crate) async fn merge_two() -> Items {
    fn merge<T>(a: impl Stream<Item = T>, b: impl Stream<Item = T>) -> impl Stream<Item = T> {
        stream! {
            let mut a = pin!(a.fuse());
            let mut b = pin!(b.fuse());
            loop {
                tokio::select! {
                    biased;
                    Some(item) = a.next() => yield item,
                    Some(item) = b.next() => yield item,
                    else => break,
                }
            }
        }
    }
    let slow = stream::iter([1, 2, 3]).then(|n| async move { sleep(Duration::from_millis(2)).await; n });
    all(merge(slow, stream::iter([10, 20]))).await
}

pub(crate) async fn walk_a_tree() -> Items {
    type Tree = HashMap<&'static str, Vec<&'static str>>;
    fn walk<'a>(tree: &'a Tree, at: &'a str, depth: usize) -> Pin<Box<dyn Stream<Item = Result<String, String>> + Send + 'a>> {
        Box::pin(try_stream! {
            yield format!("{:>depth$}{at}", "");
            if at == "broken" {
                Err(format!("{at} at {depth}"))?;
            }
            for child in tree.get(at).into_iter().flatten() {
                for await entry in walk(tree, child, depth + 1) {
                    yield entry?;
                }
            }
        })
    }
    let tree = Tree::from([("/", vec!["bin", "home"]), ("home", vec!["me", "broken", "you"]), ("me", vec!["file"])]);
    let mut items = all(walk(&tree, "/", 0)).await;
    items.extend(all(walk(&tree, "me", 0)).await);
    items
}

pub(crate) async fn lines_of_frames() -> Items {
    fn lines<S, E>(chunks: S) -> impl Stream<Item = Result<String, E>>
    where
        S: Stream<Item = Result<Vec<u8>, E>> + Unpin,
    {
        try_stream! {
            let mut buffer = Vec::new();
            for await chunk in chunks {
                for byte in chunk? {
                    if byte == b'\n' {
                        yield String::from_utf8_lossy(&std::mem::take(&mut buffer)).into_owned();
                    } else {
                        buffer.push(byte);
                    }
                }
            }
            if !buffer.is_empty() {
                yield String::from_utf8_lossy(&buffer).into_owned();
            }
        }
    }
    let chunks = [Ok(b"on".to_vec()), Ok(b"e\ntwo\nthr".to_vec()), Ok(b"ee".to_vec())];
    let mut items = all(lines::<_, String>(stream::iter(chunks))).await;
    items.extend(all(lines(stream::iter([Ok(b"a\nb".to_vec()), Err("reset"), Ok(b"c\n".to_vec())]))).await);
    items
}

pub(crate) async fn debounce() -> Items {
    fn debounce<T>(mut receive: mpsc::UnboundedReceiver<T>, quiet: Duration) -> impl Stream<Item = T> {
        stream! {
            while let Some(mut last) = receive.recv().await {
                'settle: loop {
                    tokio::select! {
                        biased;
                        next = receive.recv() => match next {
                            Some(next) => last = next,
                            None => break 'settle,
                        },
                        _ = sleep(quiet) => break 'settle,
                    }
                }
                yield last;
            }
        }
    }
    let (send, receive) = mpsc::unbounded_channel();
    for n in 0..5 {
        send.send(n).unwrap();
    }
    let mut debounced = pin!(debounce(receive, Duration::from_millis(2)));
    let mut items = vec![format!("{:?}", debounced.next().await)];
    send.send(9).unwrap();
    drop(send);
    items.extend(all(debounced).await);
    items
}

pub(crate) async fn rate_limit() -> Items {
    fn limit<T: Debug>(input: impl IntoIterator<Item = T>, per_tick: usize) -> impl Stream<Item = (usize, T)> {
        stream! {
            let mut ticks = 0;
            for (i, item) in input.into_iter().enumerate() {
                if i % per_tick == 0 && i > 0 {
                    sleep(Duration::from_micros(10)).await;
                    ticks += 1;
                }
                yield (ticks, item)
            }
        }
    }
    all(limit("abcde".chars(), 2)).await
}

pub(crate) async fn batches() -> Items {
    fn batches<S: Stream>(input: S, size: usize) -> impl Stream<Item = Vec<S::Item>> {
        stream! {
            let mut batch = Vec::with_capacity(size);
            for await item in input {
                batch.push(item);
                if batch.len() == size {
                    yield std::mem::replace(&mut batch, Vec::with_capacity(size));
                }
            }
            if !batch.is_empty() {
                yield batch;
            }
        }
    }
    all(batches(stream::iter(0..7).filter(|n| futures::future::ready(*n != 3)), 4)).await
}

pub(crate) async fn events_of_a_session() -> Items {
    #[derive(Debug, Clone)]
    enum Event {
        Open,
        Data(#[expect(dead_code, reason = "it is printed")] u8),
        Closed {
            #[expect(dead_code, reason = "it is printed")]
            count: usize,
        },
    }
    struct Session {
        data: Vec<Result<u8, &'static str>>,
    }
    impl Session {
        fn events(self) -> impl Stream<Item = anyhow_like::Result<Event>> {
            try_stream! {
                let Self { data } = self;
                let count = data.len();
                yield Event::Open;
                let mut seen = Vec::new();
                for byte in data {
                    let byte = byte.map_err(anyhow_like::Error::new)?;
                    seen.push(byte);
                    if let [.., a, b] = seen[..] {
                        if a == b { continue; }
                    }
                    yield Event::Data(byte);
                }
                yield Event::Closed { count };
            }
        }
    }
    let mut items = all(Session { data: vec![Ok(1), Ok(1), Ok(2)] }.events()).await;
    items.extend(all(Session { data: vec![Ok(1), Err("reset"), Ok(2)] }.events()).await);
    items
}

mod anyhow_like {
    #[derive(Debug)]
    #[expect(dead_code, reason = "it is printed")]
    pub(crate) struct Error(String);

    pub(crate) type Result<T> = std::result::Result<T, Error>;

    impl Error {
        pub(crate) fn new(message: impl ToString) -> Self {
            Self(message.to_string())
        }
    }
}

pub(crate) async fn cancel_on_signal() -> Items {
    fn until<S: Stream + Unpin>(mut input: S, signal: impl Future<Output = ()>) -> impl Stream<Item = S::Item> {
        stream! {
            let mut signal = pin!(signal);
            loop {
                match futures::future::select(signal.as_mut(), input.next()).await {
                    futures::future::Either::Left(((), _)) => return,
                    futures::future::Either::Right((None, _)) => break,
                    futures::future::Either::Right((Some(item), _)) => yield item,
                }
            }
        }
    }
    let (send, receive) = oneshot::channel::<()>();
    let mut send = Some(send);
    let input = stream::iter(0..).inspect(|n| if *n == 3 { send.take().unwrap().send(()).unwrap() });
    all(until(Box::pin(input), async { receive.await.unwrap() })).await
}

pub(crate) async fn collatz_in_a_trait() -> Items {
    trait Source {
        fn numbers(&self) -> BoxStream<'_, u64>;
    }
    struct Collatz(u64);
    impl Source for Collatz {
        fn numbers(&self) -> BoxStream<'_, u64> {
            stream! {
                let mut n = self.0;
                yield n;
                while n != 1 {
                    n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                    yield n;
                }
            }
            .boxed()
        }
    }
    let source: Box<dyn Source> = Box::new(Collatz(6));
    all(source.numbers()).await
}

pub(crate) async fn join_of_two_sorted() -> Items {
    fn join<A, B>(a: A, b: B) -> impl Stream<Item = u32>
    where
        A: Stream<Item = u32>,
        B: Stream<Item = u32>,
    {
        stream! {
            futures::pin_mut!(b);
            let mut right = b.next().await;
            'left: for left in a.collect::<Vec<_>>().await {
                loop {
                    match right {
                        Some(r) if r < left => right = b.next().await,
                        Some(r) if r == left => { yield left; continue 'left; }
                        Some(_) => continue 'left,
                        None => break 'left,
                    }
                }
            }
        }
    }
    all(join(stream::iter([1, 3, 4, 7, 9]), stream::iter([2, 3, 4, 8]))).await
}

pub(crate) async fn watch_changes() -> Items {
    fn changes<T: Clone>(mut receive: watch::Receiver<T>) -> impl Stream<Item = T> {
        stream! {
            loop {
                let value = receive.borrow_and_update().clone();
                yield value;
                if receive.changed().await.is_err() {
                    return;
                }
            }
        }
    }
    let (send, receive) = watch::channel(0);
    let mut changes = pin!(changes(receive));
    let mut items = vec![format!("{:?}", changes.next().await)];
    send.send(5).unwrap();
    items.push(format!("{:?}", changes.next().await));
    drop(send);
    items.extend(all(changes).await);
    items
}

pub(crate) async fn items_are_results() -> Items {
    // A `?` in `stream!` yields the error as the last item.
    fn sums() -> impl Stream<Item = Result<u32, Box<dyn std::error::Error>>> {
        stream! {
            let mut sum = 0;
            for text in ["1", "2", "x", "3"] {
                sum += text.parse::<u32>()?;
                yield Ok(sum);
            }
        }
    }
    all(sums()).await
}

pub(crate) async fn nothing_is_lost_in_a_select() -> Items {
    fn polled() -> impl Stream<Item = u32> {
        stream! {
            for i in 0..4 {
                sleep(Duration::from_millis(1)).await;
                yield i;
            }
        }
    }
    let mut stream = pin!(polled());
    let mut items = Vec::new();
    loop {
        tokio::select! {
            biased;
            item = stream.next() => match item {
                Some(item) => items.push(item.to_string()),
                None => break items,
            },
            _ = tokio::task::yield_now() => {}
        }
    }
}

pub(crate) async fn early_return() -> Items {
    fn early(n: Option<u32>) -> impl Stream<Item = Result<u32, String>> {
        try_stream! {
            let Some(n) = n else { return; };
            if n == 0 { return }
            yield n;
            if n > 1 { Err("too many")? }
        }
    }
    let mut items = vec!["none".to_owned()];
    for n in [None, Some(0), Some(1), Some(2)] {
        items.extend(all(early(n)).await);
    }
    items
}

pub(crate) async fn labels_and_nested_loops() -> Items {
    all(stream! {
        let rows = vec![stream::iter(0..3), stream::iter(5..9), stream::iter(20..22)];
        'rows: for row in rows {
            for await n in row {
                if n == 1 { continue; }
                if n == 6 { continue 'rows; }
                if n == 21 { break 'rows; }
                yield n;
            }
            yield 100;
        }
        let found = 'found: {
            for i in 0.. { if i * i > 20 { break 'found i; } }
            0
        };
        yield found;
        let n = loop { if true { break 7; } };
        yield n;
    })
    .await
}

pub(crate) async fn borrowed_and_owned() -> Items {
    struct Words {
        text: String,
    }
    impl Words {
        fn borrowed(&self) -> impl Stream<Item = &str> {
            stream! { for word in self.text.split(' ') { yield word; } }
        }
        fn owned(self) -> impl Stream<Item = (usize, String)> {
            stream! { for (i, word) in self.text.split(' ').enumerate() { yield (i, word.to_uppercase()); } }
        }
        fn lengths<'a>(&'a self, other: &'a str) -> impl Stream<Item = usize> + 'a {
            stream! {
                for await word in self.borrowed() { yield word.len() + other.len(); }
            }
        }
    }
    let words = Words { text: "to be or".into() };
    let mut items = all(words.borrowed()).await;
    items.extend(all(words.lengths("not")).await);
    items.extend(all(words.owned()).await);
    items
}

pub(crate) async fn a_stream_of_streams() -> Items {
    let outer = stream! {
        for n in 1..4 {
            yield stream! { for i in 0..n { yield (n, i); } };
        }
    };
    all(stream! {
        for await inner in outer {
            for await item in inner.map(|(n, i)| n * 10 + i) {
                yield item;
            }
        }
    })
    .await
}

pub(crate) async fn where_values_are_dropped() -> Items {
    struct Noisy(Arc<Mutex<Items>>, u32);
    impl Drop for Noisy {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(format!("drop {}", self.1));
        }
    }
    let log = Arc::new(Mutex::new(Vec::new()));
    let noisy = |n| Noisy(log.clone(), n);
    {
        let noisy = &noisy;
        let mut s = pin!(stream! {
            let _a = noisy(1);
            for i in 2..4 {
                let _b = noisy(i);
                yield noisy(i * 10);
            }
            for await _c in stream::iter([4, 5]).map(noisy) {
                let _d = noisy(6);
                yield noisy(7);
                break;
            }
        });
        while let Some(item) = s.next().await {
            log.lock().unwrap().push(format!("item {}", item.1));
        }
        log.lock().unwrap().push("end".into());
        let mut s = pin!(stream! { let _e = noisy(8); yield noisy(9); });
        s.next().await;
    }
    let log = log.lock().unwrap();
    log.clone()
}

pub(crate) async fn size_hints() -> Items {
    let mut s = pin!(stream! { yield 1; });
    let mut hints = vec![s.size_hint()];
    s.next().await;
    hints.push(s.size_hint());
    s.next().await;
    hints.push(s.size_hint());
    hints.into_iter().map(|hint| format!("{hint:?}")).collect()
}
