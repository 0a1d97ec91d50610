#include "running/tune_json.hpp"

#include "running/json_values.hpp"

namespace whittle::running {
namespace {

Json setting_json(const MemorySetting& setting) {
  Json env = Json::object();
  for (const auto& variable : setting.env()) {
    const auto equals = variable.find('=');
    env[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return {{"limit", or_null(setting.limit)}, {"env", std::move(env)}};
}

Json trial_json(const Trial& trial) {
  Json json = setting_json(trial.setting);
  json["outcome"] = name_of(trial.outcome);
  if (!trial.holds()) json["why"] = trial.why;
  json["peak"] = trial.peak;
  json["live"] = trial.live;
  json["outside"] = trial.outside;
  json["collectorShare"] = rounded(trial.collector_share);
  json["course"] = name_of(trial.shape);
  if (trial.latency) json["latencyMilliseconds"] = rounded(static_cast<double>(trial.latency->count()) / 1e6);
  return json;
}

}  // namespace

Json to_json(const TuneResult& result, const TuneOptions& options, const std::vector<std::string>& notes) {
  auto trials = Json::array();
  for (const auto& trial : result.trials) trials.push_back(trial_json(trial));
  Json goals = {{"collectorShare", options.goals.collector_share},
                {"margin", options.margin},
                {"mostMemory", or_null(options.most_memory)}};
  if (const auto& target = result.goals.target)
    goals["latency"] = {
        {"quantile", target->quantile}, {"milliseconds", target->time.count()}, {"given", target->is_given}};
  Json json = {{"schemaVersion", 1},
               {"goals", std::move(goals)},
               {"runs", std::move(trials)},
               {"recommended", Json()},
               {"asItIs", or_null(result.as_it_is)},
               {"smallestThatHeld", or_null(result.smallest)},
               {"largestThatFailed", or_null(result.largest_failed)},
               {"notes", notes}};
  if (result.recommended) {
    json["recommended"] = setting_json(result.trials[*result.recommended].setting);
    json["recommended"]["run"] = *result.recommended;
  } else {
    json["whyNone"] = result.why_none;
  }
  return json;
}

}  // namespace whittle::running
