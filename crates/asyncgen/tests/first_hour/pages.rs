//! A paginated API: tried again after errors, slowed down by the consumer.

use std::cell::Cell;

use asyncgen::{AsyncGenerator, async_gen};

use crate::keyword::tick;
use crate::language::{all, closed_after, raised, thrown_after};

#[derive(Debug, PartialEq)]
enum ApiError {
    Http(u16),
    TooManyRequests { wait: u32 },
    GaveUp { tries: u32 },
}

#[derive(Default)]
struct Api {
    calls: Cell<u32>,
    waited: Cell<u32>,
    down: bool,
}

impl Api {
    async fn fetch(&self, page: u32) -> Result<(Vec<u32>, Option<u32>), ApiError> {
        tick().await;
        self.calls.set(self.calls.get() + 1);
        match self.calls.get() % 4 {
            _ if self.down => Err(ApiError::Http(503)),
            1 => Err(ApiError::TooManyRequests { wait: 20 }),
            2 => Err(ApiError::Http(500)),
            _ => Ok(((page * 3..page * 3 + 3).collect(), (page < 2).then_some(page + 1))),
        }
    }

    async fn sleep(&self, wait: u32) {
        tick().await;
        self.waited.set(self.waited.get() + wait);
    }
}

fn items(api: &Api) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ApiError> {
    async_gen! {
        let mut next = Some(0);
        while let Some(page) = next {
            let mut tries = 0;
            let (items, following) = loop {
                try {
                    break api.fetch(page).await?;
                } catch ApiError::TooManyRequests { wait } {
                    api.sleep(wait).await;
                } catch ApiError::Http(_) if tries < 5 {
                    api.sleep(1 << tries).await;
                } catch ApiError::Http(status) if status == 404 {
                    return;
                }
                tries += 1;
                if tries > 4 {
                    raise!(ApiError::GaveUp { tries });
                }
            };
            for item in items {
                loop {
                    try {
                        yield item;
                        break;
                    } catch ApiError::TooManyRequests { wait } {
                        api.sleep(wait).await;
                    }
                }
            }
            next = following;
        }
    }
}

#[test]
fn pages_are_fetched_again_and_items_are_yielded_again_when_the_consumer_slows_down() {
    let api = Api::default();
    assert_eq!(all(items(&api)), ((0..9).collect(), Ok(())));
    assert_eq!(api.calls.get(), 7);
    assert_eq!(api.waited.get(), 20 + 2 + 20 + 2);

    let api = Api::default();
    let (values, end) = thrown_after(5, ApiError::TooManyRequests { wait: 1000 }, items(&api));
    assert_eq!(values, [0, 1, 2, 3, 4, 4, 5, 6, 7, 8]);
    assert_eq!(end, Ok(()));
    assert_eq!(api.waited.get(), 1044);

    let api = Api { down: true, ..Api::default() };
    assert_eq!(all(items(&api)), (vec![], raised(ApiError::GaveUp { tries: 5 })));
    let api = Api::default();
    assert_eq!(thrown_after(1, ApiError::Http(404), items(&api)), (vec![0], raised(ApiError::Http(404))));
    assert_eq!(closed_after(1, items(&Api::default())), (vec![0], Ok(())));
}
