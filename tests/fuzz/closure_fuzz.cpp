// A layer of somebody: the closure of it ends, and holds nothing that is not there.
#include "closure/closure.hpp"

#include <filesystem>

#include "common/text.hpp"
#include "closure/fact_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle;

namespace {

struct Image {
  layers::MergedTree tree;
  closure::FactTable facts;
};

Image read(std::string_view input) {
  TextSource source{std::string(input)};
  layers::TarReader tar(source, "the input");
  closure::FactReader reader(std::filesystem::temp_directory_path());
  Image image;
  std::vector<std::byte> buffer(4'096);
  image.tree.apply(0, tar, [&](const layers::TarEntry& entry, layers::TarReader& content) {
    reader.begin(entry.path, entry.size, entry.mode);
    while (const auto count = content.read(buffer)) reader.write(Bytes(buffer).first(count));
    reader.end();
    return std::optional<Digest>();
  });
  image.facts = reader.facts();
  return image;
}

}  // namespace

void whittle::fuzz::one_input(std::string_view input) {
  const auto image = parsed([&] { return read(input); });
  if (!image) return;
  layers::ImageConfig config;
  config.execution.entrypoint = {"/entry", "-c", "run /etc/x", "a"};
  config.execution.cmd = {"a", "b"};
  config.execution.env = {"LD_PRELOAD=libp.so", "LD_LIBRARY_PATH=/opt:lib", "LANG=de_DE.UTF-8", "X=/etc"};
  config.execution.working_dir = "app";
  for (const bool strict : {false, true}) {
    const auto closure = closure::closure(image->tree, image->facts, config, {strict, {"usr/*"}});
    for (const auto& kept : closure.kept) {
      require(image->tree.entries().contains(kept.first), "what is kept is there");
      require(is_utf8(closure::text_of(kept.second)), "a reason can be shown");
    }
    for (const auto& warning : closure.warnings)
      require(is_utf8(warning) && warning.find('\x1b') == std::string::npos, "a warning can be shown");
  }
}
