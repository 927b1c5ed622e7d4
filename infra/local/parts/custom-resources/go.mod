// Nothing is built from this module: beside it, go.sum holds what definitions.txt names to its content.
module shopwright.local/custom-resources

go 1.26.0
