//! Buyers: they come from the ingress controller's namespace and order by WooCommerce's Store API, which the
//! checkout page uses too.

use crate::visitor::Visitor;

/// Puts the shop's first product into a cart and orders it with cash on delivery, `$3` times. For each it
/// writes the order's number and status and the milliseconds from the empty cart on.
const BUYING: &str = r#"
set -u
base=$1/wp-json/wc/store/v1 host=$2
call() { curl -sS -m 60 -H "Host: $host" "$@"; }
first() { grep -o "\"$1\":[\"0-9a-z-]*" | head -n 1 | cut -d : -f 2 | tr -d '"'; }
listed=$(call "$base/products?per_page=1") || { echo "the products can't be read"; exit 0; }
product=$(printf '%s' "$listed" | first id)
[ -n "$product" ] || { echo "no product"; exit 0; }
buyer='{"first_name":"Ada","last_name":"L","address_1":"1 High Street","city":"San Francisco","state":"CA","postcode":"94103","country":"US","email":"ada@example.com","phone":"5550100"}'
for _ in $(seq "$3"); do
    begin=$(date +%s%3N)
    headers=$(call -o /dev/null -D - "$base/cart" | tr -d '\r')
    token=$(printf '%s\n' "$headers" | sed -n 's/^cart-token: //Ip')
    nonce=$(printf '%s\n' "$headers" | sed -n 's/^nonce: //Ip')
    send() { call -H "Cart-Token: $token" -H "Nonce: $nonce" -H 'Content-Type: application/json' "$@"; }
    send -o /dev/null -d "{\"id\":$product,\"quantity\":1}" "$base/cart/add-item"
    answer=$(send -d "{\"billing_address\":$buyer,\"shipping_address\":$buyer,\"payment_method\":\"cod\"}" "$base/checkout")
    order=$(printf '%s' "$answer" | first order_id)
    status=$(printf '%s' "$answer" | first status)
    if [ -n "$order" ]; then echo "order $order $status $(($(date +%s%3N) - begin))"; else echo "refused $answer"; fi
done
"#;

/// What came of the checkouts.
#[derive(Debug, Default)]
pub(crate) struct Sales {
    /// How long each order took, in milliseconds.
    pub(crate) orders: Vec<f64>,
    /// What was said in the place of an order.
    pub(crate) refusals: Vec<String>,
    /// Whether the shop has nothing to sell, as a stand-in for WooCommerce has not.
    pub(crate) nothing_to_sell: bool,
}

/// Has `buyers` at the same time order at the Service `shop` of the store `host`, `checkouts` times each.
pub(crate) fn buy(visitor: &Visitor, shop: &str, host: &str, buyers: u32, checkouts: u32) -> Sales {
    let (base, count) = (format!("http://{shop}"), checkouts.to_string());
    let command = ["bash", "-c", BUYING, "buy", &base, host, &count];
    let printed: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..buyers).map(|_| scope.spawn(|| visitor.run(&command))).collect();
        threads.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let mut sales = Sales::default();
    for printed in printed {
        let Some(printed) = printed else {
            sales.refusals.push("a buyer could not be sent".into());
            continue;
        };
        for line in printed.lines() {
            match line.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["order", _, _, time] => sales.orders.extend(time.parse::<f64>()),
                ["no", "product"] => sales.nothing_to_sell = true,
                _ => sales.refusals.push(line.chars().take(300).collect()),
            }
        }
    }
    sales
}
