#include "builder/build_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"

namespace whittle::builder {
namespace {

// Compares runs of digits as numbers, everything else by bytes: v1.9 comes before v1.10.
bool version_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const auto number = [&](std::string_view& text) {
        while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
        std::size_t end = 0;
        while (end < text.size() && is_digit(text[end])) ++end;
        const auto digits = text.substr(0, end);
        text.remove_prefix(end);
        return digits;
      };
      const auto x = number(a);
      const auto y = number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[0] != b[0]) return a[0] < b[0];
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

}  // namespace

BuildValues::BuildValues(const std::filesystem::path& folder, const Host& host, Cache& cache,
                         Reporter& reporter, std::stop_token stop)
    : host_(host),
      cache_(cache),
      reporter_(reporter),
      stop_(std::move(stop)),
      checkout_(GitCheckout::find(folder)) {
  if (checkout_) head_ = checkout_->head();
}

std::optional<std::string> BuildValues::value(std::string_view name) {
  if (!head_) return std::nullopt;
  if (name == "git.commit") return head_;
  auto tags = checkout_->tags_at_head(git_program(), stop_, cache_.temporary());
  std::optional<std::string> tag;
  if (!tags.empty()) tag = *std::max_element(tags.begin(), tags.end(), version_less);
  if (name == "git.tag") return tag;
  if (!tag) return fmt::format("0.0.0-{}", head_->substr(0, 12));
  return tag->starts_with('v') && tag->size() > 1 && tag->at(1) >= '0' && tag->at(1) <= '9' ? tag->substr(1)
                                                                                            : *tag;
}

std::optional<std::string> BuildValues::revision_of(const std::string& image, const Digest& inputs,
                                                    const std::set<std::filesystem::path>& files) {
  if (!head_) return std::nullopt;
  const Digest key =
      KeyHasher().add("revision 1").add(*head_).add(checkout_->root().native()).add(inputs.text()).finish();
  const auto known = cache_.get("revision", key);
  if (known == "clean") return head_;
  std::vector<std::filesystem::path> inside;
  for (const auto& file : files)
    if (file.native().starts_with(checkout_->root().native() + "/")) inside.push_back(file);
  if (inside.empty()) return std::nullopt;
  const auto modified = checkout_->modified(inside, git_program(), stop_, cache_.temporary());
  if (!modified) {
    reporter_.note(fmt::format(
        "{}: without git it is not known whether the sources are those of {}; the revision is left "
        "out of the annotations",
        image, head_->substr(0, 12)));
    return std::nullopt;
  }
  if (modified->empty()) {
    cache_.put("revision", key, "clean");
    return head_;
  }
  reporter_.note(fmt::format("{}: {}{} differs from commit {}; the revision is left out of the annotations",
                             image, escaped(modified->front().lexically_relative(checkout_->root()).native()),
                             modified->size() > 1 ? fmt::format(" (and {} more)", modified->size() - 1) : "",
                             head_->substr(0, 12)));
  return std::nullopt;
}

bool BuildValues::is_committed(const std::filesystem::path& file, const Digest& content) {
  if (!head_) return false;
  const Digest key =
      KeyHasher().add("committed 1").add(*head_).add(file.native()).add(content.text()).finish();
  if (cache_.get("revision", key) == "clean") return true;
  const auto modified = checkout_->modified({file}, git_program(), stop_, cache_.temporary());
  if (!modified || !modified->empty()) return false;
  cache_.put("revision", key, "clean");
  return true;
}

std::optional<std::filesystem::path> BuildValues::work_tree() const {
  return checkout_ ? std::optional(checkout_->root()) : std::nullopt;
}

std::optional<std::string> source_of_module(const std::string& module_path) {
  const std::string_view path = module_path;
  const auto slash = path.find('/');
  if (path.substr(0, slash).find('.') == std::string_view::npos) return std::nullopt;
  const auto last = path.rfind('/');
  const bool versioned = last != std::string_view::npos && last + 2 <= path.size() && path[last + 1] == 'v' &&
                         path.find_first_not_of("0123456789", last + 2) == std::string_view::npos &&
                         last + 2 < path.size();
  return fmt::format("https://{}", versioned ? path.substr(0, last) : path);
}

}  // namespace whittle::builder
