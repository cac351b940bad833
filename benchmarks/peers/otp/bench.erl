%% Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
%%
%% The workloads on Erlang/OTP.
%%
%%   erl +S N:N -noshell -pa DIR -run bench main WORKLOAD key=value ...
%%
%% Prints one line of JSON: workload, params, metrics as [name, unit, value], check. A wrong answer ends it with status 1.
%% Start-up is not counted: each workload reads the clock itself.
-module(bench).
-export([main/1, param/3, now_ns/0, seconds_since/1, rss/0, lcg/1, percentile/2, count_messages/2, ponger/0, fib/1]).

main([Name | Pairs]) ->
    Workload = list_to_atom(Name),
    Params = maps:from_list([parse(Pair) || Pair <- Pairs]),
    {Pid, Ref} = spawn_monitor(fun() -> emit(Name, Params, run(Workload, Params)) end),
    receive
        {'DOWN', Ref, process, Pid, normal} -> halt(0);
        {'DOWN', Ref, process, Pid, Reason} ->
            io:format(standard_error, "~s failed: ~p~n", [Name, Reason]),
            halt(1)
    end.

%% Each gives {Metrics, Check}.
run(spawn_exit, P) -> bench_spawn:spawn_exit(P);
run(spawn_alive, P) -> bench_spawn:spawn_alive(P);
run(spawn_alive_1m, P) -> bench_spawn:spawn_alive(P);
run(fib, P) -> bench_spawn:process_fib(P);
run(ring, P) -> bench_messages:ring(P);
run(threadring, P) -> bench_messages:ring(P);
run(pingpong, P) -> bench_messages:pingpong(P);
run(fan_in, P) -> bench_messages:fan_in(P);
run(fan_in_1, P) -> bench_messages:fan_in(P);
run(counting, P) -> bench_messages:counting(P);
run(all_to_all, P) -> bench_messages:all_to_all(P);
run(big, P) -> bench_messages:big(P);
run(chameneos, P) -> bench_messages:chameneos(P);
run(payload_tuple, P) -> bench_messages:payload(tuple, P);
run(payload_1k, P) -> bench_messages:payload(1024, P);
run(payload_1m, P) -> bench_messages:payload(1048576, P);
run(selective_marker, P) -> bench_receive:selective_marker(P);
run(selective_reverse, P) -> bench_receive:selective_reverse(P);
run(selective_prio, P) -> bench_receive:selective_prio(P);
run(call_1, P) -> bench_receive:call(P);
run(call_50, P) -> bench_receive:call(P);
run(call_junk, P) -> bench_receive:call_junk(P);
run(timers, P) -> bench_time:timers(P);
run(fairness, P) -> bench_time:fairness(P);
run(compute_par, P) -> bench_time:compute_par(P);
run(compute_fib, P) -> bench_compute:recursion(P);
run(compute_nqueens, P) -> bench_compute:nqueens(P);
run(compute_mandel, P) -> bench_compute:mandelbrot(P);
run(compute_sort, P) -> bench_compute:sort(P);
run(compute_wordcount, P) -> bench_compute:word_count(P);
run(Other, _) -> exit({unknown_workload, Other}).

parse(Pair) ->
    [Key, Value] = string:split(Pair, "="),
    {list_to_atom(Key), list_to_integer(Value)}.

emit(Name, Params, {Metrics, Check}) ->
    Ps = [io_lib:format("\"~s\":~b", [K, V]) || {K, V} <- maps:to_list(Params)],
    Ms = [io_lib:format("[\"~s\",\"~s\",~.6f]", [N, U, V * 1.0]) || {N, U, V} <- Metrics],
    io:format("{\"workload\":\"~s\",\"params\":{~s},\"metrics\":[~s],\"check\":\"~w\"}~n",
              [Name, lists:join(",", Ps), lists:join(",", Ms), Check]).

param(Key, Params, Default) -> maps:get(Key, Params, Default).
now_ns() -> erlang:monotonic_time(nanosecond).
seconds_since(T0) -> (now_ns() - T0) / 1.0e9.

rss() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kib]} = re:run(Status, "VmRSS:\\s+(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(Kib) * 1024.

%% The generator of every system: x' = (x * 1103515245 + 12345) mod 2^31; values are x bsr 8.
lcg(X) -> (X * 1103515245 + 12345) band 16#7fffffff.

%% Of a sorted tuple.
percentile(Sorted, Q) ->
    N = tuple_size(Sorted),
    element(max(1, min(N, ceil(Q * N))), Sorted).

count_messages(Message, N) -> count_messages(Message, N, 0).
count_messages(_, 0, Count) -> Count;
count_messages(Message, N, Count) -> receive Message -> count_messages(Message, N - 1, Count + 1) end.

ponger() -> receive {ping, From} -> From ! pong, ponger() end.

fib(N) when N =< 2 -> 1;
fib(N) -> fib(N - 1) + fib(N - 2).
