#include "vulnerabilities/linked_symbols.hpp"

#include "binaries/go_functions.hpp"
#include "binaries/go_symbol_name.hpp"
#include "common/error.hpp"

namespace whittle::vulnerabilities {
namespace {

// "*Cart[...]" and "Add.func1" belong to "Cart.Add".
std::string declared_name(const binaries::GoSymbolName& name) {
  std::string_view receiver = name.receiver;
  while (receiver.starts_with('*')) receiver.remove_prefix(1);
  receiver = receiver.substr(0, receiver.find('['));
  auto function = name.declared();
  function = function.substr(0, function.find('['));
  return receiver.empty() ? std::string(function) : std::string(receiver) + "." + std::string(function);
}

}  // namespace

std::optional<LinkedSymbols> LinkedSymbols::read(const binaries::RandomAccess& file, const binaries::Elf& elf,
                                                 const binaries::BuildInfo& info,
                                                 const std::set<std::string>& wanted) {
  LinkedSymbols linked;
  try {
    const auto functions = binaries::GoFunctions::read(file, elf);
    if (!functions) return std::nullopt;
    std::string escaped;  // the package of the last name, which most names have in common with the next
    std::set<std::string>* symbols = nullptr;
    functions->for_each_name([&](std::string_view text) {
      const auto path = binaries::escaped_package_of_symbol(text);
      if (path.empty()) return;
      if (path != escaped) {
        escaped = path;
        auto package = binaries::package_of_symbol(text);
        if (package == "main" && !info.path.empty()) package = info.path;
        symbols = wanted.contains(package) ? &linked.symbols_[package] : nullptr;
        linked.packages_.insert(std::move(package));
      }
      if (symbols != nullptr) symbols->insert(declared_name(binaries::parse_go_symbol_name(text)));
    });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::limit) throw;
    return std::nullopt;
  }
  // No Go program does without it: where it is missing the names were changed, and what they lack says
  // nothing.
  if (!linked.has_package("runtime")) return std::nullopt;
  return linked;
}

bool LinkedSymbols::has_module(const std::string& path) const {
  if (has_package(path)) return true;
  const auto below = packages_.lower_bound(path + "/");
  return below != packages_.end() && below->starts_with(path + "/");
}

bool LinkedSymbols::has(const std::string& package, const std::string& symbol) const {
  const auto found = symbols_.find(package);
  return found != symbols_.end() && found->second.contains(symbol);
}

}  // namespace whittle::vulnerabilities
