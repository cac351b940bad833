%% Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
%%
%% Time: timers, what endless loops do to others, and what a second scheduler gives.
-module(bench_time).
-export([timers/1, fairness/1, compute_par/1]).

%% Timers of 1 to max_ms milliseconds in batches of 1,000, of which every other one is cancelled at once.
timers(P) ->
    N = bench:param(n, P, 1000000),
    Max = bench:param(max_ms, P, 1000),
    Me = self(),
    Collector = spawn(fun() -> collect(Me, 0, infinity, []) end),
    T0 = bench:now_ns(),
    Cancelled = start_timers(N, Max, Collector, 42, 0),
    Started = bench:seconds_since(T0),
    Collector ! {expect, N - Cancelled},
    {Fired, Lates} = receive {collected, F, L} -> {F, L} end,
    Total = bench:seconds_since(T0),
    Fired = N - Cancelled,
    Sorted = list_to_tuple(lists:sort(Lates)),
    {[{timer_ops, "ops/s", (N + N div 2) / Started}, {total, "s", Total},
      {late_p50, "ms", bench:percentile(Sorted, 0.50) / 1.0e6}, {late_p99, "ms", bench:percentile(Sorted, 0.99) / 1.0e6},
      {late_max, "ms", bench:percentile(Sorted, 1.0) / 1.0e6}], Fired + Cancelled}.

start_timers(0, _, _, _, Cancelled) -> Cancelled;
start_timers(N, Max, Collector, X, Cancelled) ->
    K = min(N, 1000),
    {Refs, X1} = start_batch(K, Max, Collector, X, []),
    start_timers(N - K, Max, Collector, X1, Cancelled + cancel_every_other(Refs, 0)).

start_batch(0, _, _, X, Refs) -> {Refs, X};
start_batch(K, Max, Collector, X, Refs) ->
    X1 = bench:lcg(X),
    Ms = (X1 bsr 8) rem Max + 1,
    Ref = erlang:send_after(Ms, Collector, {t, bench:now_ns() + Ms * 1000000}),
    start_batch(K - 1, Max, Collector, X1, [Ref | Refs]).

cancel_every_other([Ref, _ | Rest], Count) ->
    case erlang:cancel_timer(Ref) of
        false -> cancel_every_other(Rest, Count);
        _ -> cancel_every_other(Rest, Count + 1)
    end;
cancel_every_other(_, Count) -> Count.

collect(Main, Got, Got, Lates) -> Main ! {collected, Got, Lates};
collect(Main, Got, Expected, Lates) ->
    receive
        {t, Due} -> collect(Main, Got + 1, Expected, [bench:now_ns() - Due | Lates]);
        {expect, N} -> collect(Main, Got, N, Lates)
    end.

%% Round trips of one pair beside processes that never wait.
fairness(P) ->
    Busy = bench:param(busy, P, 100),
    Pings = bench:param(pings, P, 10000),
    MaxSeconds = bench:param(max_s, P, 5),
    Loops = [spawn(fun() -> busy(0) end) || _ <- lists:seq(1, Busy)],
    Ponger = spawn(fun bench:ponger/0),
    timer:sleep(300),
    Times = round_trips(Pings, Ponger, bench:now_ns() + MaxSeconds * 1000000000, []),
    lists:foreach(fun(Pid) -> exit(Pid, kill) end, Loops),
    Sorted = list_to_tuple(lists:sort(Times)),
    {[{p50, "us", bench:percentile(Sorted, 0.5) / 1.0e3}, {p99, "us", bench:percentile(Sorted, 0.99) / 1.0e3},
      {max, "us", bench:percentile(Sorted, 1.0) / 1.0e3}, {pings, "pings", tuple_size(Sorted)}], ok}.

busy(N) -> busy((N + 1) band 16#ffffff).

round_trips(0, _, _, Times) -> Times;
round_trips(N, Ponger, Deadline, Times) ->
    T0 = bench:now_ns(),
    Ponger ! {ping, self()},
    receive pong -> ok end,
    T1 = bench:now_ns(),
    if T1 > Deadline -> [T1 - T0 | Times];
       true -> round_trips(N - 1, Ponger, Deadline, [T1 - T0 | Times])
    end.

%% The same independent work on one scheduler and on all.
compute_par(P) ->
    N = bench:param(n, P, 32),
    Procs = bench:param(procs, P, 64),
    All = erlang:system_info(schedulers_online),
    erlang:system_flag(schedulers_online, 1),
    {Sum, One} = fib_in_processes(N, Procs),
    erlang:system_flag(schedulers_online, All),
    {Sum, Many} = fib_in_processes(N, Procs),
    Calls = 2 * Sum - Procs,
    {[{speedup, "x", One / Many}, {calls, "calls/s", Calls / Many}, {calls_one_scheduler, "calls/s", Calls / One}], Sum}.

fib_in_processes(N, Procs) ->
    Me = self(),
    T0 = bench:now_ns(),
    [spawn(fun() -> Me ! {f, bench:fib(N)} end) || _ <- lists:seq(1, Procs)],
    Sum = lists:sum([receive {f, X} -> X end || _ <- lists:seq(1, Procs)]),
    {Sum, bench:seconds_since(T0)}.
