#include "builder/shard_board.hpp"

#include <fmt/format.h>

#include "builder/shared_text.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"

namespace whittle::builder {
namespace {

namespace type = layers::media_type;

constexpr std::string_view report_type = "application/vnd.whittle.shard.v1+json";
constexpr std::string_view costs_type = "application/vnd.whittle.costs.v1+json";
constexpr const char* costs_tag = "whittle-costs";

std::string tag_of(const Digest& run, unsigned number) {
  return fmt::format("whittle-shard-{}-{}", run.hex().substr(0, 40), number);
}

}  // namespace

ShardBoard::ShardBoard(SharedCacheOptions options, registry::Access& access, Reporter& reporter,
                       std::stop_token stop)
    : options_(std::move(options)), access_(access), reporter_(reporter), stop_(std::move(stop)) {}

std::optional<std::string> ShardBoard::text_under(const std::string& tag, std::string_view type,
                                                  const std::string& what) {
  try {
    const auto document = access_.source(options_.place)->tagged(tag);
    if (!document) return std::nullopt;
    return text_in(layers::parse_manifest(*document, what), type, options_.trust);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return std::nullopt;  // a layout that is not there yet
    if (!is_of_content(error)) throw;
    reporter_.warn(
        fmt::format("{} in {} is not used: {}", what, escaped(options_.place.text()), error.what()));
    return std::nullopt;
  }
}

void ShardBoard::put_text_under(const std::string& tag, std::string_view type, const std::string& text) {
  const layers::Document config(std::string(type::empty), "{}");
  layers::Manifest manifest{std::string(type::oci_manifest), config.descriptor(), {config.descriptor()}};
  put_text(manifest, type, text, options_.signer);
  const auto destination = access_.destination(options_.place);
  SilentReporter silent;
  const auto task = silent.start("", 0);
  if (!destination->has_blob(config.descriptor()))
    destination->put_blob(
        config.descriptor(), [&] { return std::make_unique<TextSource>(config.bytes); }, *task);
  destination->put_root(layers::write_manifest(manifest), {tag});
}

std::optional<ShardReport> ShardBoard::report_of(const Digest& run, unsigned number) {
  const auto what = fmt::format("the report of shard {}", number);
  const auto text = text_under(tag_of(run, number), report_type, what);
  if (!text) return std::nullopt;
  try {
    auto report = shard_report_from(*text);
    if (report.run == run && report.shard.number == number) return report;
    reporter_.warn(fmt::format("{} is not used: it is of another build, and was put there", what));
  } catch (const Error& error) {
    if (!is_of_content(error)) throw;
    reporter_.warn(fmt::format("{} is not used: {}", what, error.what()));
  }
  return std::nullopt;
}

void ShardBoard::put(ShardReport report) {
  const auto earlier = report_of(report.run, report.shard.number);
  if (earlier && earlier->shard.count == report.shard.count) add_earlier(*earlier, report);
  put_text_under(tag_of(report.run, report.shard.number), report_type, to_text(report));
}

Costs ShardBoard::costs() {
  const auto text = text_under(costs_tag, costs_type, "the list of costs");
  if (!text) return {};
  try {
    return costs_from(*text);
  } catch (const Error& error) {
    if (!is_of_content(error)) throw;
    reporter_.warn(fmt::format("what images cost is not known: {}", error.what()));
    return {};
  }
}

void ShardBoard::put_costs(const Costs& costs) {
  const auto before = this->costs();
  auto after = costs;
  after.insert(before.begin(), before.end());
  if (after != before) put_text_under(costs_tag, costs_type, to_text(after));
}

}  // namespace whittle::builder
