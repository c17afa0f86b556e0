// tests/unit/common/cli/sample_verbs.h: a small verb table with every kind of option.
#pragma once

#include "common/cli/option_table.h"

namespace changeling {

inline Option sample_option(std::string key, std::string flag, OptionType type,
                            std::string default_value) {
  Option option;
  option.key = std::move(key);
  option.flag = std::move(flag);
  option.type = type;
  option.default_value = std::move(default_value);
  option.help = "Help of " + option.key + ".";
  return option;
}

inline Verb sample_verbs() {
  Option crf = sample_option("generate.crf", "crf", OptionType::kInt, "23");
  crf.min = 0;
  crf.max = 51;
  Option rate = sample_option("generate.rate", "", OptionType::kDouble, "0.5");
  rate.min = -1;
  rate.max = 1;
  Option codec = sample_option("generate.codec", "codec", OptionType::kEnum, "h264");
  codec.choices = {"h264", "ffv1"};

  Verb run;
  run.name = "run";
  run.summary = "Run it";
  run.examples = {"tool generate run LIST --crf 18"};
  run.positionals = {{"LIST", "Name of the list.", true, false}};
  run.options = {crf,
                 rate,
                 codec,
                 sample_option("generate.max_frames", "max-frames", OptionType::kInt, "0"),
                 sample_option("run.resume", "resume", OptionType::kBool, "true"),
                 sample_option("generate.title", "title", OptionType::kString, ""),
                 sample_option("generate.tags", "tags", OptionType::kStringList, "")};

  Verb join;
  join.name = "join";
  join.summary = "Join files";
  join.positionals = {{"OUT", "Result.", true, false}, {"IN", "Parts.", false, true}};

  Verb generate;
  generate.name = "generate";
  generate.summary = "Make things";
  generate.sub_verbs = {run, join};

  Verb root;
  root.name = "tool";
  root.summary = "Tests";
  root.sub_verbs = {generate};
  return root;
}

}  // namespace changeling
