// A library that most commands do without: loaded when it is first needed, so that nothing else waits for it.
#pragma once

#include <string_view>

namespace whittle {

// Immutable. The library stays loaded until the process ends: some of what they bring cannot be unloaded.
class LoadedLibrary {
 public:
  // `use` says what it is for: "archives are read with libarchive". Error(unsupported) with that, and
  // the Debian package that brings it, when it is not there.
  LoadedLibrary(const char* file, std::string_view use, std::string_view debian_package);

  // Error(unsupported) when the library lacks it.
  template <class Function>
  void find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;

  void* handle_;
  const char* file_;
};

}  // namespace whittle
