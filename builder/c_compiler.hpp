// The C compiler of this machine that links static programs for a platform, known by its bytes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "builder/file_states.hpp"
#include "builder/host.hpp"
#include "builder/lock.hpp"
#include "builder/spec.hpp"
#include "common/subprocess.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

struct CCompiler {
  std::filesystem::path driver;  // absolute, as it is called: /usr/bin/musl-gcc
  LockedCompiler identity;
  // What the identity is of, absolute and without "..": a program that is linked with more is not known by
  // it.
  std::set<std::filesystem::path> parts;
};

// What a program asks for. A value.
struct CompilerWish {
  layers::Platform platform;
  bool is_hosts = false;  // this machine has the same architecture
  Cgo libc = Cgo::any;    // not `off`

  std::string name() const;  // its key in a lock: "linux/amd64 static"
};

// Looks in PATH; CC and the like are not read. What is found is asked which compiler, assembler, linker and
// objects of the C library a static link has: of these its digest is. Headers are not in it, since they come
// with the library, nor what the compiler itself is linked with. The answer is kept as long as all of these
// files are as they were. Borrows everything; one thread.
class CCompilers {
 public:
  CCompilers(const Host& host, Cache& cache, std::stop_token stop);

  // The first that works of those that the wish allows, with `locked` only those with that C library; nothing
  // when none is installed. Error(toolchain) when none that is installed can link a static program.
  std::optional<CCompiler> find(const CompilerWish& wish, const std::optional<LockedCompiler>& locked);
  // Error(toolchain), naming the package to install, when there is none.
  CCompiler get(const CompilerWish& wish, const std::optional<LockedCompiler>& locked);

 private:
  std::optional<std::filesystem::path> program(const std::string& name) const;
  std::optional<CCompiler> known(const std::filesystem::path& driver);
  CCompiler identify(const std::filesystem::path& driver, const CompilerWish& wish);
  Outcome link_nothing(const std::filesystem::path& driver, const CompilerWish& wish,
                       const std::filesystem::path& work);
  std::map<std::filesystem::path, Digest> parts_of(const std::filesystem::path& driver, const Outcome& linked,
                                                   const std::filesystem::path& work);
  std::string answer(const std::filesystem::path& driver, std::vector<std::string> arguments,
                     const std::filesystem::path& work);
  std::string owner_of(const std::filesystem::path& library, const std::filesystem::path& work);

  const Host& host_;
  Cache& cache_;
  FileStates states_;
  std::stop_token stop_;
  std::map<std::filesystem::path, CCompiler> found_ = {};
};

// "another C compiler: X instead of Y"; of two with the same words, by their digests.
std::string difference(const LockedCompiler& locked, const LockedCompiler& here);

// PATH of whatever runs the compiler: its own folder, and those where every system has its tools.
std::string compiler_path(const std::filesystem::path& driver);

}  // namespace whittle::builder
