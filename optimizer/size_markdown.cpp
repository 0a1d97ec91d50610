#include "optimizer/size_markdown.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include "common/markdown.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t most_table_rows = 25;  // of each table: reviews have a largest size, too

SizesByName layers_of(const ImageSizes& sizes) {
  SizesByName layers;
  for (const auto& [name, bytes] : sizes.layers) layers[name] += bytes;
  return layers;
}

class Markdown {
 public:
  explicit Markdown(const ComparedImage& image) : image_(image) {}

  std::string run() {
    text_ = fmt::format("### Size of the image {}\n\n", markdown_code(image_.name));
    if (image_.has_before())
      text_ += fmt::format("Compressed bytes, against {}.\n\n", markdown_code(image_.against));
    if (!image_.not_read.empty())
      text_ +=
          fmt::format("{}{}.\n\n",
                      image_.has_before() ? "" : "Nothing to compare with: ", markdown_code(image_.not_read));
    for (const auto& platform : image_.platforms) {
      if (image_.platforms.size() > 1) text_ += fmt::format("#### {}\n\n", platform.platform.text());
      whole(platform);
      limits(platform);
      if (platform.before) changes(platform, *platform.before);
    }
    return std::move(text_);
  }

 private:
  void row(const std::string& name, std::uint64_t before, std::uint64_t now) {
    const auto change = SizeChange{{}, before, now}.bytes();
    text_ += fmt::format("| {} | {} | {} | {} |\n", name, before == 0 ? "" : human_size(before),
                         now == 0 ? "gone" : human_size(now), change == 0 ? "" : signed_size(change));
  }

  void whole(const ComparedPlatform& platform) {
    const auto now = layers_of(platform.now);
    if (!platform.before) {
      text_ += fmt::format("| | size |\n|---|---:|\n| **image** | {} |\n", human_size(platform.now.image));
      for (const auto& [name, bytes] : now)
        text_ += fmt::format("| layer {} | {} |\n", name, human_size(bytes));
      text_ += '\n';
      return;
    }
    text_ += "| | before | after | difference |\n|---|---:|---:|---:|\n";
    row("**image**", platform.before->image, platform.now.image);
    auto all = layers_of(*platform.before);
    const auto before = all;
    all.insert(now.begin(), now.end());
    for (const auto& [name, bytes] : all) {
      const auto in = [&name = name](const SizesByName& sizes) {
        const auto found = sizes.find(name);
        return found == sizes.end() ? 0 : found->second;
      };
      row("layer " + name, in(before), in(now));
    }
    text_ += '\n';
  }

  void limits(const ComparedPlatform& platform) {
    if (platform.limits.empty()) return;
    text_ += "| limit of | allowed | is | |\n|---|---:|---:|---|\n";
    for (const auto& state : platform.limits) {
      const auto description = description_of(state);
      const auto space = description.find(' ');
      const auto name = state.part == LimitState::Part::image
                            ? std::string("image")
                            : fmt::format("{} {}", description.substr(0, space), markdown_code(state.name));
      text_ +=
          fmt::format("| {} | {} | {} | {} |\n", name, state.limit.written,
                      state.bytes ? human_size(*state.bytes) : "not there",
                      state.is_broken() ? fmt::format("**{} above**", human_size(state.excess())) : "holds");
    }
    text_ += '\n';
  }

  void changes(const ComparedPlatform& platform, const ImageSizes& before) {
    const auto modules = large(changes_between(platform.now.modules, before.modules));
    const auto packages = large(changes_between(platform.now.packages, before.packages));
    const auto files = large(changes_between(platform.now.files, before.files));
    if (modules.empty() && packages.empty() && files.empty()) {
      text_ +=
          fmt::format("No file, module or package changed by {} or more.\n\n", human_size(smallest_change));
      return;
    }
    imports(platform);
    new_modules(platform, before);
    std::vector<std::string> counts;
    for (const auto& [changes, what] :
         {std::pair(&files, "file"), std::pair(&modules, "module"), std::pair(&packages, "package")})
      if (!changes->empty()) counts.push_back(plural(changes->size(), what));
    text_ += fmt::format("<details><summary>{} changed by {} or more</summary>\n\n", fmt::join(counts, ", "),
                         human_size(smallest_change));
    const auto nothing = [](const std::string&) { return std::string(); };
    table("file", files, nothing);
    table("module", modules, [&](const std::string& name) { return versions(name, platform.now, before); });
    table("package", packages, nothing);
    text_ += "</details>\n\n";
  }

  static std::vector<SizeChange> large(std::vector<SizeChange> changes) {
    const auto is_small = [](const SizeChange& one) { return std::abs(one.bytes()) < smallest_change; };
    changes.erase(std::remove_if(changes.begin(), changes.end(), is_small), changes.end());
    return changes;
  }

  void imports(const ComparedPlatform& platform) {
    auto imports = platform.new_imports();
    const auto is_small = [](const NewImport& one) {
      return one.bytes < static_cast<std::uint64_t>(smallest_change);
    };
    imports.erase(std::remove_if(imports.begin(), imports.end(), is_small), imports.end());
    if (imports.empty()) return;
    text_ += "| new in the program, by import | packages | size |\n|---|---:|---:|\n";
    for (std::size_t i = 0; i < std::min(imports.size(), most_table_rows); ++i)
      text_ += fmt::format("| {} | {} | {} |\n", markdown_code(imports[i].chain), imports[i].packages,
                           human_size(imports[i].bytes));
    end_table(imports.size());
  }

  // Whatever their size: a module is a decision.
  void new_modules(const ComparedPlatform& platform, const ImageSizes& before) {
    std::size_t rows = 0;
    for (const auto& change : changes_between(platform.now.modules, before.modules)) {
      const auto chain = change.is_new() ? platform.chain_to_module(change.name) : std::string();
      if (chain.empty()) continue;
      if (rows++ == 0) text_ += "| new module | size | imported by |\n|---|---:|---|\n";
      const auto version = platform.now.versions.find(change.name);
      if (rows <= most_table_rows)
        text_ += fmt::format(
            "| {} | {} | {} |\n",
            markdown_code(version == platform.now.versions.end() ? change.name
                                                                 : change.name + " " + version->second),
            human_size(change.now), markdown_code(chain));
    }
    if (rows > 0) end_table(rows);
  }

  void end_table(std::size_t rows) {
    text_ += rows > most_table_rows ? fmt::format("\nand {} more\n\n", rows - most_table_rows) : "\n";
  }

  // "v1.0.0 → v1.1.0" where it is another one.
  static std::string versions(const std::string& name, const ImageSizes& now, const ImageSizes& before) {
    const auto of = [&](const ImageSizes& sizes) {
      const auto found = sizes.versions.find(name);
      return found == sizes.versions.end() ? std::string() : found->second;
    };
    const auto was = of(before);
    const auto is = of(now);
    return was.empty() || is.empty() || was == is
               ? std::string()
               : fmt::format(" {} → {}", markdown_code(was), markdown_code(is));
  }

  void table(std::string_view title, const std::vector<SizeChange>& changes,
             const std::function<std::string(const std::string&)>& remark) {
    if (changes.empty()) return;
    text_ += fmt::format("| {} | before | after | difference |\n|---|---:|---:|---:|\n", title);
    for (std::size_t i = 0; i < std::min(changes.size(), most_table_rows); ++i)
      row(markdown_code(changes[i].name) + remark(changes[i].name), changes[i].before, changes[i].now);
    end_table(changes.size());
  }

  const ComparedImage& image_;
  std::string text_ = {};
};

}  // namespace

std::string markdown_of(const ComparedImage& image) {
  return Markdown(image).run();
}

}  // namespace whittle::optimizer
