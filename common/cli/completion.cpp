#include "common/cli/completion.h"

#include <sstream>
#include <vector>

namespace changeling {
namespace {

std::string flag_words(const std::vector<Option>& options) {
  std::string words;
  for (const Option& option : options) {
    if (option.flag.empty()) {
      continue;
    }
    words += " --" + option.flag;
    if (option.type == OptionType::kBool && !option.default_value.empty()) {
      words += " --no-" + option.flag;
    }
  }
  return words;
}

/// One `case` line per verb: its sub-verbs and flags.
void write_verbs(std::ostream& out, const Verb& verb, const std::string& path,
                 const std::vector<Option>& outer) {
  std::vector<Option> options = outer;
  options.insert(options.end(), verb.options.begin(), verb.options.end());
  std::string verbs;
  for (const Verb& sub_verb : verb.sub_verbs) {
    verbs += " " + sub_verb.name;
  }
  out << "    '" << path << "') verbs='" << verbs << "' flags='" << flag_words(options) << "' ;;\n";
  for (const Verb& sub_verb : verb.sub_verbs) {
    write_verbs(out, sub_verb, path.empty() ? sub_verb.name : path + " " + sub_verb.name,
                verb.positionals.empty() ? options : outer);
  }
}

void collect_flags(const Verb& verb, std::vector<Option>& options) {
  options.insert(options.end(), verb.options.begin(), verb.options.end());
  for (const Verb& sub_verb : verb.sub_verbs) {
    collect_flags(sub_verb, options);
  }
}

/// One `case` line per flag that takes a value: what completes it.
void write_values(std::ostream& out, const Verb& root) {
  std::vector<Option> options = global_options();
  collect_flags(root, options);
  std::string seen = " ";
  for (const Option& option : options) {
    if (option.flag.empty() || option.type == OptionType::kBool ||
        seen.find(" " + option.flag + " ") != std::string::npos) {
      continue;
    }
    seen += option.flag + " ";
    out << "    --" << option.flag << ") ";
    if (option.flag == "set") {
      out << "values=$keys; kind='key' ;;\n";
    } else if (option.type == OptionType::kPath || option.flag == "config") {
      out << "kind='file' ;;\n";
    } else {
      out << "kind='word' values='";
      for (const std::string& choice : option.choices) {
        out << " " << choice;
      }
      out << "' ;;\n";
    }
  }
}

}  // namespace

std::string bash_completion(const Verb& root) {
  std::ostringstream out;
  out << "# bash completion of " << root.name << "; load with: source <(" << root.name
      << " completion bash)\n_" << root.name << "() {\n"
      << "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      << "  local path='' verbs='' flags='' values='' kind='' word next i\n  local global='"
      << flag_words(global_options()) << " --help'\n  local keys='";
  for (const Option& option : collect_options(root)) {
    out << " " << option.key;
  }
  out << "'\n  COMPREPLY=()\n"
      << "  # bash splits words at '=': --flag=value arrives as three of them\n"
      << "  if [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then\n"
      << "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
      << "  elif [[ $current == '=' ]]; then\n    current=''\n  fi\n  case $previous in\n";
  write_values(out, root);
  out << "  esac\n  case $kind in\n"
      << "    file)\n      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      << "      compopt -o filenames 2> /dev/null\n      return ;;\n"
      << "    word) mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\"); return ;;\n"
      << "    key)\n      mapfile -t COMPREPLY < <(compgen -W \"$values\" -S = -- \"$current\")\n"
      << "      compopt -o nospace 2> /dev/null\n      return ;;\n"
      << "  esac\n  for ((i = 1; i <= COMP_CWORD; i++)); do\n"
      << "    case $path in\n";
  write_verbs(out, root, "", {});
  out << "    esac\n    word=${COMP_WORDS[i]}\n    ((i < COMP_CWORD)) || break\n"
      << "    for next in $verbs; do\n"
      << "      [[ $word == \"$next\" ]] && path=\"${path:+$path }$word\" && break\n"
      << "    done\n  done\n"
      << "  if [[ $current == -* ]]; then\n"
      << "    mapfile -t COMPREPLY < <(compgen -W \"$flags $global\" -- \"$current\")\n"
      << "  elif [[ -n $verbs ]]; then\n"
      << "    mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$current\")\n"
      << "  else\n    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      << "    compopt -o filenames 2> /dev/null\n  fi\n  return 0\n}\n"
      << "complete -o bashdefault -F _" << root.name << " " << root.name << "\n";
  return out.str();
}

}  // namespace changeling
