#include <string>
#include <vector>

#include "catalog/export/export_format.h"
#include "catalog/export/same_people.h"
#include "common/cli/option_makers.h"
#include "common/front/verb_export.h"

namespace changeling {
namespace {

Option text(const std::string& key, const std::string& value, const std::string& help) {
  return make_option(OptionType::kString, "export." + key, "", value, help);
}

Option list(const std::string& key, const std::string& help) {
  return make_option(OptionType::kStringList, "export." + key, "", "", help);
}

std::string format_names() {
  std::string names;
  for (const ExportFormat& format : builtin_formats()) {
    names += (names.empty() ? "" : ", ") + format.name;
  }
  return names;
}

std::vector<Option> version_options() {
  return {
      text("name", "", "Name of the data set: a-z, 0-9, _ and -."),
      text("version", "", "MAJOR.MINOR.PATCH of the version."),
      text("split", "main", "Split whose parts the items keep."),
      list("formats", "Layouts to write: " + format_names() + "."),
      make_option(OptionType::kPath, "export.out", "out", "exports",
                  "Folder in which <name>-<version> is made."),
      make_option(OptionType::kBool, "export.public", "public", "false",
                  "Refuse unless every input may be given away."),
      make_int("export.shard_bytes", "", "1000000000",
               "Size at which a WebDataset tar ends, bytes.", 1, 1e12),
  };
}

std::vector<Option> selection_options() {
  return {
      text("select.sql", "",
           "SQL that yields artifact ids of clips; replaces the lists of export.select."),
      list("select.runs",
           "Generate runs to take fakes from: ids, beginnings of them, or latest; none = all."),
      list("select.methods", "Swap methods; none = all."),
      list("select.corpora", "Corpora of the targets; none = all."),
      list("select.strata", "Strata of the pairs; none = all."),
      list("select.profiles", "Encodings, for example c23; none = all."),
      list("select.parts", "Parts; none = all."),
      make_choice("export.select.auto_reject", "", "keep",
                  "Fakes that auto_reject rejects, those of export.select.sql, too: keep, or "
                  "leave_out. Fakes without a verdict stay and are counted.",
                  {"keep", "leave_out"}),
      list("mix", "Shares of methods among the fakes of each part, METHOD=SHARE; none = as found."),
      list("ladder",
           "What each clip is exported as: as_made, or degraded by a profile (c0 c23 c40 x265 av1 "
           "720p 480p fps15 jpeg blur noise color social hosting messenger mixed, or one of "
           "export.profiles), fake, control and masks alike; none = as_made."),
      list("profiles",
           "Further profiles, NAME=STEPS, for example tiny=SIZE:240 GNC:1-3 X264:35; the last step "
           "is a codec."),
      make_int("export.max_fakes_per_part", "", "0", "Fakes of a part, drawn by seed; 0 = all.", 0,
               1e9),
  };
}

std::vector<Option> limit_options() {
  return {
      make_double("export.limits.max_class_ratio", "", "10",
                  "Larger class by smaller class that a part may have; 0 = any.", 0, 1e9),
      make_int("export.limits.near_duplicate_bits", "", "6",
               "Frames whose 64-bit perceptual hashes differ in fewer or as many bits are equal.",
               0, 31),
      make_double("export.limits.min_identity_cosine", "", kSamePersonCosineText,
                  "Identity vectors with this cosine or more are one person.", 0, 2),
      make_double("export.limits.codec_auc", "", "0.55",
                  "AUC by which encoding alone may tell fakes from real clips.", 0.5, 1),
      make_double("export.limits.metadata_auc", "", "0.52",
                  "AUC by which the container alone may tell fakes from real clips.", 0.5, 1),
      make_double("export.limits.background_auc", "", "0.55",
                  "AUC by which pixels far from alpha may tell fakes from their controls.", 0.5, 1),
      make_double("export.limits.box_auc", "", "0.52",
                  "AUC by which a square around alpha may tell fakes from their controls.", 0.5, 1),
  };
}

std::vector<Option> card_options() {
  return {
      text("card.title", "", "Title of the data set; default: its name."),
      text("card.description", "", "What the data set is for, one paragraph."),
      text("card.licence", "", "Licence of the data set as a whole, SPDX id or text."),
      text("card.url", "", "Where the data set is described."),
      text("card.creator", "", "Who made it."),
      text("card.maintenance", "", "Who keeps it, and how people are heard."),
      text("card.date_published", "", "YYYY-MM-DD; default: the day the version was frozen."),
  };
}

Verb diff_verb() {
  Verb verb;
  verb.name = "diff";
  verb.summary = "List items that were added, removed, moved between parts or relabelled";
  verb.description = "Each side is NAME@VERSION of the catalog or the folder of an export.";
  verb.examples = {"changeling export diff faces@1.0.0 faces@1.1.0 --catalog demo.db",
                   "changeling export diff exports/faces-1.0.0 faces@2.0.0"};
  verb.positionals = {{"FROM", "The older version.", true, false},
                      {"TO", "The newer version.", true, false}};
  return verb;
}

Verb verify_verb() {
  Verb verb;
  verb.name = "verify";
  verb.summary = "Check an exported folder against its signed version; exits 4 on a fault";
  verb.description =
      "Signature, digest of every file, labels, parts and people of every format as its consumers "
      "read them. Needs no catalog. A signer is known when its public key lies in the folder of "
      "keys.";
  verb.examples = {"changeling export verify exports/faces-1.0.0"};
  verb.positionals = {{"DIR", "Folder of the export.", true, false}};
  return verb;
}

Verb c2pa_verb() {
  Verb verb;
  verb.name = "c2pa";
  verb.summary = "Have c2patool write copies of exported fakes with C2PA manifests";
  verb.description =
      "For copies that leave the house, as the very last step: any later edit of a tag breaks "
      "C2PA's "
      "hash. Training data stay as they are. Needs c2patool, which is not part of this program, "
      "with "
      "a certificate of its own; each fake's claim is handed over as its manifest definition, "
      "OUT/<key>.c2pa.json. A clip that fails is named (exit code 3). The export is verified "
      "before: "
      "one that was changed is handed to nobody (exit code 4).";
  verb.examples = {"changeling export c2pa exports/faces-1.0.0 release",
                   "changeling export c2pa exports/faces-1.0.0 release --c2patool /opt/c2patool"};
  verb.positionals = {{"DIR", "Folder of the export.", true, false},
                      {"OUT", "Folder for the copies; it must not exist.", true, false}};
  verb.options = {make_option(OptionType::kPath, "provenance.c2patool", "c2patool", "c2patool",
                              "The program, or its name on PATH.")};
  return verb;
}

Verb list_verb() {
  Verb verb;
  verb.name = "list";
  verb.summary = "List the frozen versions of the catalog";
  verb.examples = {"changeling export list --catalog demo.db"};
  return verb;
}

}  // namespace

Verb export_verb() {
  Verb verb;
  verb.name = "export";
  verb.summary = "Freeze labelled clips as a version of a data set and write it";
  verb.description =
      "SPEC is a configuration file with the settings below (configs/export.yaml is an example). "
      "The selection is frozen under its name and version; equal versions give equal bytes on any "
      "day. Every check must hold: a failed one exports nothing, names the offenders and exits 4.";
  verb.examples = {"changeling export configs/export.yaml --catalog demo-run/catalog.db",
                   "changeling export configs/export.yaml --dry-run",
                   "changeling export verify exports/faces-1.0.0"};
  verb.positionals = {{"SPEC", "File with the settings of the data set.", true, false}};
  for (const std::vector<Option>& options :
       {version_options(), selection_options(), limit_options(), card_options()}) {
    verb.options.insert(verb.options.end(), options.begin(), options.end());
  }
  verb.sub_verbs = {diff_verb(), verify_verb(), list_verb(), c2pa_verb()};
  return verb;
}

}  // namespace changeling
