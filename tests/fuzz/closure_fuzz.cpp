// A layer of somebody: the closure of it ends, and holds nothing that is not there.
#include "closure/closure.hpp"

#include "closure/fact_reader.hpp"
#include "common/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle;

namespace {

constexpr std::size_t largest_file = 1U << 20U;

struct Image {
  layers::MergedTree tree;
  closure::FactReader facts;
};

Image read(std::string_view input) {
  TextSource source{std::string(input)};
  layers::TarReader tar(source, "the input");
  Image image;
  image.tree.apply(0, tar, [&](const layers::TarEntry& entry, layers::TarReader& content) {
    std::string bytes;
    std::vector<std::byte> buffer(4'096);
    while (const auto count = content.read(buffer))  // of a file with holes not all
      if (bytes.size() < largest_file) bytes += as_text(Bytes(buffer).first(count));
    image.facts.read({0, entry.number}, entry.path, binaries::MemoryAccess(std::move(bytes)));
    return std::optional<Digest>();
  });
  return image;
}

}  // namespace

void whittle::fuzz::closure_input(std::string_view input) {
  const auto image = parsed([&] { return read(input); });
  if (!image) return;
  layers::ImageConfig config;
  config.execution.entrypoint = {"/entry", "-c", "run /etc/x", "a"};
  config.execution.cmd = {"a", "b"};
  config.execution.env = {"LD_PRELOAD=libp.so", "LD_LIBRARY_PATH=/opt:lib", "LANG=de_DE.UTF-8", "X=/etc"};
  config.execution.working_dir = "app";
  closure::ClosureOptions options;
  options.is_wanted = [](const auto& node) { return node.path().starts_with("usr/"); };
  options.is_gone = [](const auto& node) { return node.path().starts_with("tmp/"); };
  for (const bool strict : {false, true}) {
    options.strict = strict;
    const auto closure = closure::closure(image->tree, image->facts.facts(), config, options);
    for (const auto& kept : closure.kept) {
      require(image->tree.entries().contains(kept.first), "what is kept is there");
      require(!kept.first.starts_with("tmp/"), "what is gone is not kept");
      require(is_utf8(closure::text_of(kept.second)), "a reason can be shown");
    }
    for (const auto& warning : closure.warnings)
      require(is_utf8(warning) && warning.find('\x1b') == std::string::npos, "a warning can be shown");
  }
}
