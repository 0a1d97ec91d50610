// What the name of a Go function says: "example.com/shop/v%2e2.(*Cart[...]).Add.func1" is a closure in the
// method Add of *Cart in the package example.com/shop/v.2.
#pragma once

#include <string>
#include <string_view>

namespace whittle::binaries {

struct GoSymbolName {
  std::string
      package;  // import path; "main" for the main package; empty for what the compiler or linker made
  std::string receiver;  // "*Cart[...]" or "Cart[...]"; empty for a function
  std::string function;  // "Add.func1": with closures and wrappers ("Add-fm", "Add.deferwrap1")

  // The function or method of the source that this belongs to: "Add".
  std::string_view declared() const;
};

// Never fails: a name of another form has no package and is all `function`.
GoSymbolName parse_go_symbol_name(std::string_view name);

// The package alone, for tables of many names; and as it stands in the name, with its escapes.
std::string package_of_symbol(std::string_view name);
std::string_view escaped_package_of_symbol(std::string_view name);

}  // namespace whittle::binaries
