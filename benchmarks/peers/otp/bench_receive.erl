%% Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
%%
%% Selective receive in full mailboxes, and calls: request and reply with a monitor in between.
-module(bench_receive).
-behaviour(gen_server).
-export([selective_marker/1, selective_reverse/1, selective_prio/1, call/1, call_junk/1]).
-export([init/1, handle_call/3, handle_cast/2]).

%% A receive for a reference just made costs the same however full the mailbox.
selective_marker(P) ->
    Preload = bench:param(preload, P, 10000),
    N = bench:param(calls, P, 500000),
    Server = spawn(fun echo_ref/0),
    Empty = timed(fun() -> N = ref_calls(N, Server, 0) end),
    fill(Preload),
    Full = timed(fun() -> N = ref_calls(N, Server, 0) end),
    {message_queue_len, Preload} = process_info(self(), message_queue_len),
    {[{calls, "calls/s", N / Full}, {calls_empty_mailbox, "calls/s", N / Empty}], N}.

timed(Fun) ->
    T0 = bench:now_ns(),
    Fun(),
    bench:seconds_since(T0).

fill(N) -> lists:foreach(fun(I) -> self() ! {junk, I} end, lists:seq(1, N)).

echo_ref() -> receive {From, Ref, X} -> From ! {Ref, X}, echo_ref() end.
ref_calls(0, _, Count) -> Count;
ref_calls(N, Server, Count) ->
    Ref = make_ref(),
    Server ! {self(), Ref, N},
    receive {Ref, N} -> ref_calls(N - 1, Server, Count + 1) end.

%% The worst case of selective receive: always the newest message.
selective_reverse(P) ->
    N = bench:param(n, P, 10000),
    Rounds = bench:param(rounds, P, 5),
    T0 = bench:now_ns(),
    Count = lists:sum([reverse_round(N) || _ <- lists:seq(1, Rounds)]),
    S = bench:seconds_since(T0),
    Count = N * Rounds,
    {[{messages, "messages/s", Count / S}, {scans, "scans/s", Rounds * (N * (N + 1) / 2) / S}], Count}.

reverse_round(N) ->
    lists:foreach(fun(I) -> self() ! {tag, I} end, lists:seq(1, N)),
    take_reverse(N, 0).
take_reverse(0, Count) -> Count;
take_reverse(N, Count) -> receive {tag, N} -> take_reverse(N - 1, Count + 1) end.

%% Priorities by two receives: one message in a hundred is high.
selective_prio(P) ->
    N = bench:param(n, P, 10000),
    Rounds = bench:param(rounds, P, 5),
    T0 = bench:now_ns(),
    Count = lists:sum([prio_round(N) || _ <- lists:seq(1, Rounds)]),
    S = bench:seconds_since(T0),
    Count = N * Rounds,
    {[{messages, "messages/s", Count / S}], Count}.

prio_round(N) ->
    lists:foreach(fun(I) when I rem 100 =:= 0 -> self() ! {high, I}; (I) -> self() ! {low, I} end, lists:seq(1, N)),
    {High, Low} = take_prio(N, 0, 0),
    High = N div 100,
    High + Low.
take_prio(0, High, Low) -> {High, Low};
take_prio(N, High, Low) ->
    receive
        {high, _} -> 0 = Low, take_prio(N - 1, High + 1, Low)
    after 0 ->
            receive {low, _} -> take_prio(N - 1, High, Low + 1) end
    end.

call(P) ->
    Clients = bench:param(clients, P, 1),
    Each = bench:param(each, P, 1000000),
    {ok, Server} = gen_server:start(?MODULE, [], []),
    T0 = bench:now_ns(),
    Refs = [element(2, spawn_monitor(fun() -> calls(Each, Server) end)) || _ <- lists:seq(1, Clients)],
    lists:foreach(fun(Ref) -> receive {'DOWN', Ref, process, _, Reason} -> normal = Reason end end, Refs),
    S = bench:seconds_since(T0),
    Total = gen_server:call(Server, total),
    Total = Clients * Each,
    {[{calls, "calls/s", Total / S}], Total}.

%% The same calls from a process that has `junk` messages in its mailbox, and from one that has none.
call_junk(P) ->
    N = bench:param(n, P, 200000),
    Junk = bench:param(junk, P, 500000),
    {ok, Server} = gen_server:start(?MODULE, [], []),
    Empty = timed(fun() -> calls(N, Server) end),
    fill(Junk),
    Full = timed(fun() -> calls(N, Server) end),
    {message_queue_len, Junk} = process_info(self(), message_queue_len),
    Total = gen_server:call(Server, total),
    Total = 2 * N,
    {[{calls, "calls/s", N / Full}, {calls_no_junk, "calls/s", N / Empty}, {cost_of_junk, "times", Full / Empty}], Total}.

calls(0, _) -> ok;
calls(N, Server) -> N = gen_server:call(Server, {echo, N}), calls(N - 1, Server).

init(_) -> {ok, 0}.
handle_call({echo, X}, _, Count) -> {reply, X, Count + 1};
handle_call(total, _, Count) -> {reply, Count, Count}.
handle_cast(_, Count) -> {noreply, Count}.
