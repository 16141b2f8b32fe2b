module slipway.dev/toolchain/node

go 1.26.0
