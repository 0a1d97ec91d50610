#include "builder/self_tuning.hpp"

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/go_self_tuning.hpp"
#include "binaries/random_access.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view self_tuning_version = "self-tuning 1";

std::string look_into(const std::filesystem::path& program) {
  const binaries::FileAccess file(program);
  const auto elf = binaries::read_elf(file);
  const auto info = binaries::read_build_info(file, elf);
  if (!info) return {};
  const auto tuning = binaries::self_tuning_of(file, elf, *info);
  return tuning.automemlimit ? "automemlimit" : tuning.sets_memory_limit ? "debug.SetMemoryLimit" : "";
}

Digest self_tuning_key(const Digest& program) {
  return KeyHasher().add(self_tuning_version).add(program.text()).finish();
}

}  // namespace

std::string own_memory_limit_of(const evidence::OwnProgram& program, Cache& cache) {
  const auto key = self_tuning_key(program.digest);
  if (auto known = cache.get("self-tuning", key)) return std::move(*known);
  auto found = look_into(program.file);
  cache.put("self-tuning", key, found);
  return found;
}

void keep_own_memory_limit(const Digest& program, const std::string& answer, Cache& cache) {
  cache.put("self-tuning", self_tuning_key(program), answer);
}

}  // namespace whittle::builder
