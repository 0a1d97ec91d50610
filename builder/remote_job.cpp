#include "builder/remote_job.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"
#include "layers/json_fields.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t job_version = 1;
constexpr std::string_view job_name = "the job of an action";

[[noreturn]] void refuse_job(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{}: {}", job_name, why));
}

Json to_json(const LayerRecipe& recipe) {
  Json entries = Json::array();
  for (const auto& [path, entry] : recipe.tree.entries()) {
    Json one = {{"path", path}, {"mode", entry.mode}, {"uid", entry.uid}, {"gid", entry.gid}};
    if (const auto program = recipe.programs.find(path); program != recipe.programs.end())
      one["binary"] = program->second;
    entries.push_back(std::move(one));
  }
  return {{"compression", static_cast<unsigned>(recipe.compression.format)},
          {"level", static_cast<unsigned>(recipe.compression.level)},
          {"byFile", recipe.compression.by_file},
          {"epoch", recipe.epoch},
          {"entries", std::move(entries)}};
}

LayerRecipe recipe_from(const Json& json, std::size_t binaries) {
  const layers::JsonFields fields(json, std::string(job_name));
  LayerRecipe recipe;
  const auto format = fields.required_size("compression");
  const auto level = fields.required_size("level");
  if (format > 2 || level > 2) refuse_job("it asks for a compression that is not known");
  recipe.compression = {static_cast<layers::Compression::Format>(format),
                        static_cast<layers::Compression::Level>(level), fields.flag("byFile")};
  recipe.epoch = static_cast<std::int64_t>(fields.required_size("epoch"));
  for (const auto& one : fields.required_array("entries")) {
    const layers::JsonFields of(one, std::string(job_name));
    layers::FileEntry entry;
    entry.mode = static_cast<std::uint32_t>(of.required_size("mode"));
    entry.uid = static_cast<std::uint32_t>(of.required_size("uid"));
    entry.gid = static_cast<std::uint32_t>(of.required_size("gid"));
    const auto path = of.required_text("path");
    if (of.find("binary") == nullptr) {
      entry.type = layers::FileEntry::Type::directory;
    } else {
      const auto index = of.required_size("binary");
      if (index >= binaries) refuse_job("a layer holds a program that is not built");
      recipe.programs.emplace(path, index);
    }
    recipe.tree.add(path, std::move(entry));
  }
  return recipe;
}

// What the whole group has in common.
Json to_json(const CompileRequest& request) {
  return {{"project", request.main.project.native()},
          {"module", request.main.module.native()},
          {"workspace", request.main.workspace.native()},
          {"vendored", request.main.vendored},
          {"platform", request.platform.text()},
          {"tags", request.tags},
          {"ldflags", request.ldflags},
          {"inlining", request.inlining}};
}

CompileRequest request_from(const layers::JsonFields& fields, const fs::path& root) {
  CompileRequest request;
  request.main.project = root / fields.required_text("project");
  request.main.module = root / fields.required_text("module");
  if (const auto file = fields.text("workspace"); !file.empty()) request.main.workspace = root / file;
  request.main.vendored = fields.flag("vendored");
  request.platform = layers::Platform::parse(fields.required_text("platform"));
  request.tags = fields.texts("tags");
  request.ldflags = fields.texts("ldflags");
  request.inlining = fields.texts("inlining");
  return request;
}

}  // namespace

namespace job_paths {

std::string binary(std::size_t index) {
  return fmt::format("out/binaries/{}", index);
}
std::string lines(std::size_t index) {
  return fmt::format("out/lines/{}", index);
}
std::string layer(std::size_t index) {
  return fmt::format("out/layers/{}", index);
}

}  // namespace job_paths

std::vector<std::string> RemoteJob::outputs() const {
  std::vector<std::string> paths = {std::string(job_paths::report)};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    paths.push_back(job_paths::binary(i));
    if (requests[i].lines == Lines::split) paths.push_back(job_paths::lines(i));
  }
  for (std::size_t i = 0; i < layers.size(); ++i) paths.push_back(job_paths::layer(i));
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string to_text(const RemoteJob& job) {
  Json binaries = Json::array();
  for (const auto& request : job.requests)
    binaries.push_back({{"pattern", request.main.pattern},
                        {"profile", std::string(name_of(request.profile))},
                        {"split", request.lines == Lines::split},
                        {"image", request.image}});
  Json layers = Json::array();
  for (const auto& recipe : job.layers) layers.push_back(to_json(recipe));
  return canonical({{"version", job_version},
                    {"go", job.go_version},
                    {"settings", to_json(job.requests.front())},
                    {"binaries", std::move(binaries)},
                    {"layers", std::move(layers)}});
}

RemoteJob parse_remote_job(std::string_view text, const fs::path& root) {
  const Json json = parse_json(text, job_name);
  const layers::JsonFields fields(json, std::string(job_name));
  if (fields.required_size("version") != job_version) refuse_job("it is of another version of whittle");
  RemoteJob job;
  job.go_version = fields.required_text("go");
  const auto* settings = fields.object("settings");
  if (settings == nullptr) refuse_job("it has no settings");
  const auto common = request_from(layers::JsonFields(*settings, std::string(job_name)), root);
  for (const auto& one : fields.required_array("binaries")) {
    const layers::JsonFields of(one, std::string(job_name));
    auto& request = job.requests.emplace_back(common);
    request.main.pattern = of.required_text("pattern");
    const auto profile = profile_named(of.required_text("profile"));
    if (!profile) refuse_job("it asks for a profile that is not known");
    request.profile = *profile;
    request.lines = of.flag("split") ? Lines::split : Lines::keep;
    request.image = of.text("image");
  }
  if (job.requests.empty()) refuse_job("it builds nothing");
  for (const auto& one : fields.required_array("layers"))
    job.layers.push_back(recipe_from(one, job.requests.size()));
  return job;
}

}  // namespace whittle::builder
