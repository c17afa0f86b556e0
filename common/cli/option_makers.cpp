#include "common/cli/option_makers.h"

#include <utility>

namespace changeling {
namespace {

Option with_range(Option option, double min, double max) {
  option.min = min;
  option.max = max;
  return option;
}

}  // namespace

Option make_option(OptionType type, std::string key, std::string flag, std::string default_value,
                   std::string help) {
  Option option;
  option.key = std::move(key);
  option.flag = std::move(flag);
  option.type = type;
  option.default_value = std::move(default_value);
  option.help = std::move(help);
  return option;
}

Option make_int(std::string key, std::string flag, std::string default_value, std::string help,
                double min, double max) {
  return with_range(make_option(OptionType::kInt, std::move(key), std::move(flag),
                                std::move(default_value), std::move(help)),
                    min, max);
}

Option make_double(std::string key, std::string flag, std::string default_value, std::string help,
                   double min, double max) {
  return with_range(make_option(OptionType::kDouble, std::move(key), std::move(flag),
                                std::move(default_value), std::move(help)),
                    min, max);
}

Option make_choice(std::string key, std::string flag, std::string default_value, std::string help,
                   std::vector<std::string> choices) {
  Option option = make_option(OptionType::kEnum, std::move(key), std::move(flag),
                              std::move(default_value), std::move(help));
  option.choices = std::move(choices);
  return option;
}

Option make_list(std::string key, std::string flag, std::string default_value, std::string help,
                 std::vector<std::string> choices) {
  Option option = make_option(OptionType::kStringList, std::move(key), std::move(flag),
                              std::move(default_value), std::move(help));
  option.choices = std::move(choices);
  return option;
}

}  // namespace changeling
