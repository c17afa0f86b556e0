#include "generator/options/models_options.h"

namespace changeling {
namespace {

Option path_option(std::string key, std::string flag, std::string help) {
  Option option;
  option.key = std::move(key);
  option.flag = std::move(flag);
  option.type = OptionType::kPath;
  option.help = std::move(help);
  return option;
}

}  // namespace

Verb models_run_verb() {
  Verb verb;
  verb.name = "run";
  verb.summary = "Run one network on a batch of prepared inputs";
  verb.description =
      "The input file holds one float tensor (N,C,H,W) named 'input', or a single tensor of any "
      "name, "
      "scaled as docs/models.md says for the network; N is free. The output file holds the "
      "network's "
      "outputs by name.";
  verb.examples = {"changeling models run lmk68 --in crops.safetensors --out points.safetensors"};
  verb.positionals = {{"NAME", "Network, see 'changeling models list'.", true, false}};
  verb.options = {path_option("models.in", "in", "Safetensors file with the inputs."),
                  path_option("models.out", "out", "Safetensors file to write.")};
  verb.program = "changeling-generate";
  return verb;
}

}  // namespace changeling
