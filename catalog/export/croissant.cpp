// Croissant (mlcommons.org/croissant) with RAI 1.0 and PROV-O terms.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "catalog/export/data_card.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr const char* kItemsId = "items.jsonl";
/// One text: mlcroissant 1.0 takes no list and knows no 1.1, which only adds to 1.0.
constexpr const char* kConformsTo = "http://mlcommons.org/croissant/1.0";

json context() {
  json terms = {{"@language", "en"},
                {"@vocab", "https://schema.org/"},
                {"sc", "https://schema.org/"},
                {"cr", "http://mlcommons.org/croissant/"},
                {"rai", "http://mlcommons.org/croissant/RAI/"},
                {"dct", "http://purl.org/dc/terms/"},
                {"prov", "http://www.w3.org/ns/prov#"},
                {"wd", "https://www.wikidata.org/wiki/"},
                {"conformsTo", "dct:conformsTo"},
                {"data", {{"@id", "cr:data"}, {"@type", "@json"}}},
                {"dataType", {{"@id", "cr:dataType"}, {"@type", "@vocab"}}},
                {"examples", {{"@id", "cr:examples"}, {"@type", "@json"}}}};
  for (const char* term : {"citeAs",       "column",        "equivalentProperty",
                           "extract",      "field",         "fileObject",
                           "fileProperty", "fileSet",       "format",
                           "includes",     "isLiveDataset", "jsonPath",
                           "key",          "md5",           "parentField",
                           "path",         "recordSet",     "references",
                           "regex",        "repeated",      "replace",
                           "samplingRate", "separator",     "source",
                           "subField",     "transform"}) {
    terms[term] = std::string("cr:") + term;
  }
  return terms;
}

/// The page of an SPDX identifier; other texts as they are.
std::string licence_url(const std::string& licence) {
  const bool is_id = std::all_of(licence.begin(), licence.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '+';
  });
  return is_id ? "https://spdx.org/licenses/" + licence + ".html" : licence;
}

json file_object(const std::string& path, const std::string& media_type, const WrittenFile& file) {
  return {{"@type", "cr:FileObject"},
          {"@id", path},
          {"name", path},
          {"contentUrl", path},
          {"encodingFormat", media_type},
          {"contentSize", std::to_string(file.bytes) + " B"},
          {"sha256", file.sha256.hex()}};
}

json distribution(const WrittenLayouts& layouts, const WrittenFile& items) {
  json files = json::array();
  files.push_back(file_object(kItemsId, "application/jsonlines", items));
  for (const auto& [name, layout] : layouts) {
    json inside = json::array();
    for (const auto& [path, file] : layout.archives) {
      files.push_back(file_object(path, "application/x-tar", file));
      inside.push_back({{"@id", path}});
    }
    json set = {{"@type", "cr:FileSet"},
                {"@id", name + "-clips"},
                {"name", name + "-clips"},
                {"encodingFormat", layout.media_type},
                {"includes", layout.patterns}};
    if (!inside.empty()) {
      set["containedIn"] = std::move(inside);
    }
    files.push_back(std::move(set));
  }
  return files;
}

json item_field(const std::string& name, const json& data_type, const std::string& column,
                const std::string& description) {
  return {{"@type", "cr:Field"},
          {"@id", "items/" + name},
          {"name", name},
          {"description", description},
          {"dataType", data_type},
          {"source", {{"fileObject", {{"@id", kItemsId}}}, {"extract", {{"column", column}}}}}};
}

/// One record per item, from its description.
json items_record_set() {
  json fields = json::array();
  fields.push_back(item_field("key", "sc:Text", "key", "Key of the clip; also its file name."));
  fields.push_back(item_field("label", "sc:Integer", "label_number", "1 = fake, 0 = real."));
  fields.push_back(item_field("kind", "sc:Text", "label", "fake, real_control or real."));
  fields.push_back(item_field("split", {"sc:Text", "wd:Q3985153"}, "part", "train, val or test."));
  fields.push_back(item_field("method", "sc:Text", "method", "How a fake was made."));
  fields.push_back(item_field("control", "sc:Text", "control_key", "A fake's real control."));
  return {{"@type", "cr:RecordSet"},
          {"@id", "items"},
          {"name", "items"},
          {"description", "One record per clip."},
          {"key", {{"@id", "items/key"}}},
          {"field", std::move(fields)}};
}

/// The clips of a format, joined to the items by the key in their names.
json clips_record_set(const std::string& format, const WrittenLayout& layout) {
  const std::string id = format + "-clips", records = format + "-videos";
  const bool is_video = layout.media_type == "video/mp4";
  const auto source = [&id](const char* property) {
    return json{{"fileSet", {{"@id", id}}}, {"extract", {{"fileProperty", property}}}};
  };
  json key = {{"@type", "cr:Field"},
              {"@id", records + "/key"},
              {"name", "key"},
              {"dataType", "sc:Text"},
              {"references", {{"field", {{"@id", "items/key"}}}}},
              {"source", source("fullpath")}};
  key["source"]["transform"] = {{"regex", "([0-9a-f]{16})"}};
  json content = {{"@type", "cr:Field"},
                  {"@id", records + "/video"},
                  {"name", "video"},
                  {"dataType", is_video ? "sc:VideoObject" : "sc:ImageObject"},
                  {"source", source("content")}};
  return {{"@type", "cr:RecordSet"},
          {"@id", records},
          {"name", records},
          {"field", {std::move(key), std::move(content)}}};
}

void add_rai(const CardSentences& text, json& card) {
  card["rai:dataCollection"] = text.collection;
  card["rai:dataCollectionType"] = "Derived from existing datasets";
  card["rai:dataCollectionRawData"] = text.raw_data;
  card["rai:dataPreprocessingProtocol"] = text.preprocessing;
  card["rai:dataManipulationProtocol"] = text.manipulation;
  card["rai:dataAnnotationProtocol"] = text.annotation;
  card["rai:machineAnnotationTools"] = text.tools;
  card["rai:dataBiases"] = text.biases;
  card["rai:dataLimitations"] = text.limitations + " " + text.overlap;
  card["rai:dataUseCases"] = text.uses;
  card["rai:personalSensitiveInformation"] = text.sensitive;
  card["rai:dataSocialImpact"] = text.social;
  card["rai:dataReleaseMaintenancePlan"] = text.maintenance;
}

}  // namespace

std::string croissant_json(const FrozenVersion& version, const CardFacts& facts,
                           const WrittenLayouts& layouts, const WrittenFile& items) {
  const CardSentences text = sentences_of(version, facts);
  json records = json::array();
  records.push_back(items_record_set());
  for (const auto& [name, layout] : layouts) {
    records.push_back(clips_record_set(name, layout));
  }
  json card = {{"@context", context()},
               {"@type", "sc:Dataset"},
               {"conformsTo", kConformsTo},
               {"name", version.row.name},
               {"alternateName", facts.title},
               {"description", text.description},
               {"license", licence_url(text.licence)},
               {"url", facts.url},
               {"creator", {{"@type", "sc:Organization"}, {"name", text.creator}}},
               {"datePublished", facts.date_published},
               {"version", version.row.semver},
               {"isLiveDataset", false},
               {"distribution", distribution(layouts, items)},
               {"recordSet", std::move(records)},
               {"prov:wasDerivedFrom", facts.corpora},
               {"prov:wasGeneratedBy", "urn:uuid:" + version.row.run_id},
               {"prov:wasAttributedTo", text.creator}};
  add_rai(text, card);
  return card.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace changeling
