//! The expanded template, and how its values lead from one resource to another.

use std::{env, fs, path::Path};

use serde_json::Value;

/// The expanded template.
pub struct Template(Value);

impl Template {
    /// The one that `PLENARY_TEMPLATE` names, or the one that `infra/aws/check` makes.
    pub fn read() -> Self {
        let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/aws/expanded.json");
        let path = env::var_os("PLENARY_TEMPLATE").map_or(made, Into::into);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        Self(serde_json::from_str(&text).unwrap())
    }

    /// The resources of a type, by name.
    pub fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.0["Resources"].as_object().unwrap().iter();
        resources
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (name.as_str(), resource))
    }

    /// A resource.
    pub fn resource(&self, name: &str) -> &Value {
        let resource = &self.0["Resources"][name];
        assert!(resource.is_object(), "there is no resource {name}");
        resource
    }

    /// The type of a resource.
    pub fn kind(&self, name: &str) -> &str {
        self.resource(name)["Type"].as_str().unwrap()
    }

    /// The functions, by name. One is called as the crate whose binary it runs, with a capital letter.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.all("AWS::Lambda::Function")
    }
}

/// A value as text: `{Name}` for a reference, `{Name.Attribute}` for an attribute, and the parts of a substitution so.
pub fn spelled(value: &Value) -> String {
    if let Some(name) = value["Ref"].as_str() {
        return format!("{{{name}}}");
    }
    if let [Value::String(name), Value::String(attribute)] = list(&value["Fn::GetAtt"]) {
        return format!("{{{name}.{attribute}}}");
    }
    if let Some(text) = value["Fn::Sub"].as_str() {
        return text.replace("${", "{");
    }
    value.as_str().map_or(value.to_string(), str::to_owned)
}

/// The name of the resource to which a reference leads.
pub fn target(value: &Value) -> String {
    let text = spelled(value);
    let name = text.strip_prefix('{').unwrap_or_default();
    name.split(['.', '}']).next().unwrap_or_default().to_owned()
}

/// A list's items; none where it is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// One or many: the values of what may be a list.
pub fn one_or_many(value: &Value) -> Vec<String> {
    match value.as_array() {
        Some(values) => values.iter().map(spelled).collect(),
        None if value.is_null() => Vec::new(),
        None => vec![spelled(value)],
    }
}
