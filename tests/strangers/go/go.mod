module entente/strangers

go 1.27

require golang.org/x/mod v0.0.0

// The Go team's own module, in the copy that comes with its toolchain; tests/strangers/toolchain.py puts it here.
replace golang.org/x/mod => ./mod
