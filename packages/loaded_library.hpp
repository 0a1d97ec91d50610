// A library that a plain build does without: loaded when it is first needed, so that nothing else waits for
// it.
#pragma once

#include <string_view>

namespace whittle::packages {

// Immutable; stays loaded until the process ends. Error(unsupported) names the package that brings it.
class LoadedLibrary {
 public:
  LoadedLibrary(const char* file, std::string_view debian_package);

  template <class Function>
  void find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;

  void* handle_;
  const char* file_;
};

}  // namespace whittle::packages
