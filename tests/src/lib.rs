//! Whole-system tests: contract, api, load, faults, browser, architecture.
