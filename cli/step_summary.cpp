#include "cli/step_summary.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/markdown.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace {

struct Layers {
  std::uint64_t all = 0;
  std::uint64_t written = 0;
};

Layers layers_of(const builder::BuildResult& result) {
  Layers count;
  for (const auto& platform : result.platforms)
    for (const auto& layer : platform.image.layers) {
      ++count.all;
      if (layer.written) ++count.written;
    }
  return count;
}

std::string what_was_done(const builder::BuildResult& result) {
  const auto layers = layers_of(result);
  const auto* text = result.compiled      ? "compiled"
                     : result.shared      ? "taken from the shared cache"
                     : layers.written > 0 ? "not compiled"
                                          : "nothing changed";
  return fmt::format("{}; {} of {} new", text, layers.written, plural(layers.all, "layer"));
}

std::string sizes_of(const builder::BuildResult& result) {
  std::string text;
  for (const auto& platform : result.platforms) {
    if (!text.empty()) text += "<br>";
    if (result.platforms.size() > 1) text += platform.platform.text() + " ";
    text += human_size(platform.image.size);
  }
  return text;
}

void add_layers(const builder::BuildResult& result, std::string& text) {
  for (const auto& platform : result.platforms)
    for (const auto& layer : platform.image.layers)
      text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", markdown_code(result.image),
                          platform.platform.text(), layer.what,
                          markdown_code(layer.layer.descriptor.digest.text()),
                          human_size(layer.layer.descriptor.size), layer.written ? "new" : "from the cache");
}

}  // namespace

std::string step_summary(const std::vector<builder::BuildResult>& results, std::string_view sizes) {
  std::string text = fmt::format("### whittle built {}\n\n", plural(results.size(), "image"));
  text += "| image | digest | size | |\n|---|---|---:|---|\n";
  for (const auto& result : results)
    text += fmt::format("| {} | {} | {} | {} |\n", markdown_code(result.image),
                        markdown_code(result.root.digest.text()), sizes_of(result), what_was_done(result));
  text += '\n';
  for (const auto& result : results)
    for (const auto& place : result.places) text += fmt::format("- {}\n", markdown_code(place));
  text +=
      "\n<details><summary>layers</summary>\n\n"
      "| image | platform | layer | digest | size | |\n|---|---|---|---|---:|---|\n";
  for (const auto& result : results) add_layers(result, text);
  return fmt::format("{}\n</details>\n\n{}", text, sizes);
}

// One write to the end of it: other steps, and other builds of this one, may write there too.
void append_summary(const std::string& summary, const std::filesystem::path& file) {
  const auto doing = fmt::format("adding the summary to {}", shown(file.native()));
  const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) throw_errno(errno, doing);
  if (::flock(fd.get(), LOCK_EX) != 0) throw_errno(errno, doing);
  std::string_view rest = summary;
  while (!rest.empty()) {
    const auto count = ::write(fd.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, doing);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace whittle::cli
