//! The whole system on this machine: gateway, embedded DynamoDB, stream source mapping, identity, web site.
