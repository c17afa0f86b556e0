#include "common/front/option_makers.h"

#include <utility>

namespace changeling {

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

Option make_number(OptionType type, std::string key, std::string flag, std::string default_value,
                   std::string help, double min, double max) {
  Option option =
      make_option(type, std::move(key), std::move(flag), std::move(default_value), std::move(help));
  option.min = min;
  option.max = max;
  return option;
}

Option make_choice(std::string key, std::string flag, std::string default_value, std::string help,
                   std::vector<std::string> choices) {
  Option option = make_option(OptionType::kEnum, std::move(key), std::move(flag),
                              std::move(default_value), std::move(help));
  option.choices = std::move(choices);
  return option;
}

}  // namespace changeling
