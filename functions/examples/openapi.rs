//! Prints the API's description as the code says it: `make openapi` checks it in.

fn main() {
    print!("{}", functions::openapi::document::generate());
}
