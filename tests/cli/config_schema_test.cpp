// `changeling config schema` as an editor uses it: is the schema one, and do configurations fit it?
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "tests/cli/run_program.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::IsEmpty;
using Faults = std::vector<std::string>;

/// A YAML scalar as the core schema of YAML 1.2 reads it.
json scalar_of(const YAML::Node& node) {
  const std::string text = node.Scalar();
  const json parsed = json::parse(text, nullptr, false);
  const bool is_plain = node.Tag() == "?";
  return is_plain && (parsed.is_number() || parsed.is_boolean()) ? parsed : json(text);
}

json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) {
      object[entry.first.Scalar()] = to_json(entry.second);
    }
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const YAML::Node& item : node) {
      list.push_back(to_json(item));
    }
    return list;
  }
  return scalar_of(node);
}

bool is_of_type(const json& value, const std::string& type) {
  return type == "object"    ? value.is_object()
         : type == "array"   ? value.is_array()
         : type == "string"  ? value.is_string()
         : type == "boolean" ? value.is_boolean()
         : type == "number"  ? value.is_number()
                             : type == "integer" && value.is_number_integer();
}

json as_list(const json& value) {
  return value.is_array() ? value : json::array({value});
}

/// What the keywords that our schema uses say against a value.
void validate(const json& schema, const json& value, const std::string& where, Faults& faults) {
  if (schema.contains("type")) {
    const json types = as_list(schema["type"]);
    if (std::none_of(types.begin(), types.end(),
                     [&](const json& type) { return is_of_type(value, type); })) {
      faults.push_back(where + ": another type than " + types.dump());
    }
  }
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) {
    faults.push_back(where + ": none of " + schema["enum"].dump());
  }
  if (value.is_number() &&
      (value < schema.value("minimum", value) || value > schema.value("maximum", value))) {
    faults.push_back(where + ": out of range");
  }
  if (value.is_object()) {
    const json known = schema.value("properties", json::object());
    for (const auto& [key, member] : value.items()) {
      if (known.contains(key)) {
        validate(known[key], member, where + "/" + key, faults);
      } else {
        faults.push_back(where + "/" + key + ": unknown key");
      }
    }
  } else if (value.is_array()) {
    for (const json& item : value) {
      validate(schema.value("items", json::object()), item, where + "[]", faults);
    }
  }
}

/// Faults of the schema itself: unknown keywords and types, defaults that do not fit.
void inspect(const json& schema, const std::string& where, Faults& faults) {
  const std::set<std::string> keywords = {
      "$schema", "title",   "description", "type",   "additionalProperties", "properties", "items",
      "enum",    "minimum", "maximum",     "default"};
  const std::set<std::string> types = {"object", "array", "string", "boolean", "number", "integer"};
  for (const auto& [keyword, meaning] : schema.items()) {
    if (keywords.count(keyword) == 0) {
      faults.push_back(where + ": keyword " + keyword);
    }
  }
  for (const json& type : as_list(schema.value("type", json::array()))) {
    if (types.count(type.get<std::string>()) == 0) {
      faults.push_back(where + ": type " + type.dump());
    }
  }
  if (schema.contains("default")) {
    validate(schema, schema["default"], where + " default", faults);
  }
  const json properties = schema.value("properties", json::object());
  for (const auto& [key, member] : properties.items()) {
    inspect(member, where + "/" + key, faults);
  }
}

class ConfigSchema : public testing::Test {
 protected:
  [[nodiscard]] Faults faults_of(const std::string& yaml) const {
    Faults faults;
    validate(schema_, to_json(YAML::Load(yaml)), "", faults);
    return faults;
  }

  json schema_ = json::parse(run_changeling({"config", "schema"}).out);
};

TEST_F(ConfigSchema, IsASchema) {
  EXPECT_EQ(schema_["$schema"], "https://json-schema.org/draft/2020-12/schema");
  Faults faults;
  inspect(schema_, "", faults);
  EXPECT_THAT(faults, IsEmpty());
}

TEST_F(ConfigSchema, AcceptsEveryConfigurationOfTheRepository) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CHANGELING_SOURCE_DIR "/configs")) {
    if (entry.path().extension() == ".yaml") {
      Faults faults;
      validate(schema_, to_json(YAML::LoadFile(entry.path())), "", faults);
      EXPECT_THAT(faults, IsEmpty()) << entry.path();
      ++files;
    }
  }
  EXPECT_GT(files, 3);
}

TEST_F(ConfigSchema, AcceptsWhatIsInForce) {
  const std::string yaml = run_changeling({"config", "show"}).out;
  Faults faults;
  for (const auto& entry : YAML::Load(yaml)) {
    std::string pointer = "/properties/" + entry.first.Scalar();
    for (std::size_t dot = pointer.find('.'); dot != std::string::npos; dot = pointer.find('.')) {
      pointer.replace(dot, 1, "/properties/");
    }
    if (!entry.second.IsNull()) {
      validate(schema_.at(json::json_pointer(pointer)), to_json(entry.second), pointer, faults);
    }
  }
  EXPECT_THAT(faults, IsEmpty());
}

TEST_F(ConfigSchema, RefusesWhatTheProgramRefuses) {
  EXPECT_THAT(faults_of("generate: {crf: 99}"), Contains("/generate/crf: out of range"));
  EXPECT_THAT(faults_of("generate: {crv: 9}"), Contains("/generate/crv: unknown key"));
  EXPECT_THAT(faults_of("generate: {codec: vp6}"),
              Contains(testing::HasSubstr("/generate/codec: none of")));
  EXPECT_THAT(faults_of("run: {resume: \"no\"}"),
              Contains(testing::HasSubstr("/run/resume: another type")));
  EXPECT_THAT(faults_of("extends: [demo.yaml]\nseed: 7"), IsEmpty());
}

}  // namespace
}  // namespace changeling
