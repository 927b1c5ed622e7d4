//! The rights of the roles of `fan-out` and `deliver`, and what Lambda does by them: what they use, and no others.

use std::sync::Arc;

use domain::{
    queue::hint::{Hint, HintQueues},
    table::Table,
};
use functions::{request::id::RequestId, webhooks::key::KeyStore};
use serde_json::{Value, to_value};
use testkit::{mapping::Mapping, rights::Rights, secrets::SecretsManager};

use crate::{
    receiver::Receiver,
    world::{Hinted, PLATFORM_KEY, World},
};

/// The secret with the platform key, as the template names it.
const WEBHOOK_KEY: &str = "WebhookKey";

/// `world` as whoever has `rights` reaches it.
fn reached(world: &World, rights: &Rights) -> (Table, HintQueues) {
    let (fixture, HintQueues { notices, deliveries }) = (&world.fixture, &world.queues);
    let (table, _) = rights.over(fixture, &fixture.queue);
    let queues =
        HintQueues { notices: rights.queue(fixture, notices), deliveries: rights.queue(fixture, deliveries) };
    (table, queues)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn neither_function_has_a_right_that_it_does_not_use() {
    let mut world = World::new().await;
    let hinted = Hinted::default();
    let hear = Arc::clone(&hinted);
    world.fixture.table = world.table().clone().hinting(move |key| hear.lock().unwrap().push(key));
    // What succeeds, what is tried again, and what disables an endpoint, of which the others get a notice.
    for answer in ["200 OK", "503 Away", "410 Gone"] {
        let receiver = Receiver::saying(&format!("HTTP/1.1 {answer}\r\n\r\n")).await;
        world.listen("ada", &format!("http://127.0.0.1:{}/", receiver.port())).await;
    }
    world.ready("ada").await;
    let keys = std::mem::take(&mut *hinted.lock().unwrap());
    for key in keys {
        world.queues.notices.send_hint(&Hint::Notice(key), std::time::Duration::ZERO).await.unwrap();
    }

    let rights = Rights::of_function("FanOutFunction");
    let (table, queues) = reached(&world, &rights);
    let fan_out = world.fan_out(&table, &queues);
    let mapping = Mapping::of(&rights, &world.fixture, &world.queues.notices);
    let hand_on =
        async |batch: Value| to_value(fan_out.run(serde_json::from_value(batch).unwrap()).await).unwrap();
    assert_eq!(mapping.deliver_batch(hand_on).await, 1);
    assert_eq!(rights.unused(), [], "{}", rights.holder);

    let rights = Rights::of_function("DeliverFunction");
    let secrets = rights.secrets(&world.fixture, &SecretsManager::start(WEBHOOK_KEY, PLATFORM_KEY));
    world.key = Arc::new(KeyStore::secret(|| secrets, WEBHOOK_KEY.to_owned()));
    let (table, queues) = reached(&world, &rights);
    let deliverer = world.deliverer(&table, &queues);
    let mapping = Mapping::of(&rights, &world.fixture, &world.queues.deliveries);
    let request = RequestId::of("r");
    let mut delivered = 0;
    while delivered < 3 {
        let deliver = async |batch: Value| {
            let answer = deliverer.run(&request, serde_json::from_value(batch).unwrap()).await;
            assert_eq!(answer.failures(), 0, "a right is missing");
            to_value(answer).unwrap()
        };
        delivered += mapping.deliver_batch(deliver).await;
    }
    assert_eq!(rights.unused(), [], "{}", rights.holder);
}
