//! Prints the API's description as the code says it: `make openapi` checks it in.

fn main() -> std::io::Result<()> {
    stdio::print(format_args!("{}", functions::openapi::document::generate())).map(drop)
}
