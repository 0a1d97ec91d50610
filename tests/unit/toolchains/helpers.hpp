// What the tests of toolchains/ share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "common/error.hpp"
#include "common/file.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/module_zip_maker.hpp"
#include "toolchains/module_zip.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::test {

// A temporary folder that may hold sealed ones.
class WorkPlace {
 public:
  ~WorkPlace() {
    for (const auto& item : std::filesystem::directory_iterator(folder_.path()))
      toolchains::remove_sealed(item.path());
  }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return folder_.path() / name; }
  const std::filesystem::path& path() const { return folder_.path(); }
  // Writes a file and the folders it is in.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const {
    const auto path = folder_.path() / name;
    make_directories(path.parent_path());
    write_file(path, text, AtomicFile::Durability::content);
    return path;
  }

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
};

// The file as an open one without a name.
inline Fd open_bytes(std::string_view bytes) {
  auto fd = nameless_file(std::filesystem::temp_directory_path());
  write_at(fd, as_bytes(bytes), 0, "a zip");
  return fd;
}

inline std::string hash_of_zip(const std::string& zip, std::string_view module, std::string_view version) {
  return toolchains::hash_of(toolchains::ModuleZip(open_bytes(zip), module, version), 2, {});
}

// A toolchain in small.
inline const std::map<std::string, std::string>& small_toolchain() {
  static const std::map<std::string, std::string> files{
      {"VERSION", "go1.26.8\ntime 2026-01-01T00:00:00Z\n"},
      {"bin/go", "#!/bin/sh\necho go\n"},
      {"bin/gofmt", "gofmt"},
      {"go.env", "# defaults\nGOTOOLCHAIN=auto\n"},
      {"lib/wasm/go_js_wasm_exec", "exec"},
      {"lib/time/update.bash", "update"},
      {"pkg/include/funcdata.h", "h"},
      {"pkg/tool/linux_amd64/compile", std::string(3U << 20U, 'c')},
      {"src/_go.mod", "module std\n"},
      {"src/cmd/_go.mod", "module cmd\n"},
      {"src/fmt/print.go", "package fmt\n"}};
  return files;
}

}  // namespace whittle::test
