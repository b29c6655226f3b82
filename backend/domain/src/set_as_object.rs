//! A set as an object in JSON, each member a key: adding one changes one place, where an array would be another as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<T: Serialize + Ord, S: Serializer>(
    set: &BTreeSet<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(set.iter().map(|member| (member, true)))
}

pub(crate) fn deserialize<'de, T: Deserialize<'de> + Ord, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeSet<T>, D::Error> {
    let members = BTreeMap::<T, bool>::deserialize(deserializer)?;
    Ok(members.into_keys().collect())
}
